import { CALL_OFF_CAUSES, type CallOffCause } from '@qingpu/contracts/codes/payment-tables';
import { Rejection } from '@qingpu/domains-kernel/rejection';

export function paymentCalledOff(cause: CallOffCause): Rejection {
  return new Rejection({
    code: 'payment-called-off',
    status: 409,
    advice: `这次预约不再收费（${CALL_OFF_CAUSES[cause]}），请刷新后查看最新状态`,
  });
}

export function alreadyPaid(): Rejection {
  return new Rejection({
    code: 'already-paid',
    status: 409,
    advice: '挂号费已经支付，无需重复支付，请刷新后查看挂号结果',
  });
}

export function tooManyOrders(): Rejection {
  return new Rejection({
    code: 'too-many-payment-orders',
    status: 429,
    advice: '支付尝试次数过多，请到医院窗口缴费',
  });
}

export function orderUnknown(): Rejection {
  return new Rejection({
    code: 'payment-order-unknown',
    status: 404,
    advice: '没有找到该支付单，请核对商户订单号和附加参数',
  });
}

export function amountDiffers(): Rejection {
  return new Rejection({
    code: 'amount-differs',
    status: 422,
    advice: '支付金额与订单金额不一致，通知未采信，请核对后重新通知',
  });
}

export function tradeDiffers(): Rejection {
  return new Rejection({
    code: 'trade-differs',
    status: 422,
    advice: '该订单已有另一笔交易，通知未采信，请核对支付平台交易号',
  });
}

export function refundUnknown(): Rejection {
  return new Rejection({ code: 'refund-unknown', status: 404, advice: '没有找到该退款单，请刷新后重试' });
}

export function refundNotRefused(): Rejection {
  return new Rejection({
    code: 'refund-not-refused',
    status: 409,
    advice: '只有支付平台拒绝的退款才需要处理，请刷新后查看最新状态',
  });
}

export function statementUnknown(): Rejection {
  return new Rejection({
    code: 'statement-unknown',
    status: 404,
    advice: '这一天没有需要核对的账单，请返回列表重新选择',
  });
}

export function statementNotReady(): Rejection {
  return new Rejection({
    code: 'statement-not-ready',
    status: 409,
    advice: '支付平台还没有出具这一天的账单，请稍后再核对',
  });
}

export function differenceUnknown(): Rejection {
  return new Rejection({
    code: 'difference-unknown',
    status: 404,
    advice: '没有找到这笔差异，可能重新核对后已经一致，请刷新后查看',
  });
}

export function differenceSettled(): Rejection {
  return new Rejection({
    code: 'difference-settled',
    status: 409,
    advice: '这笔差异已经处理，请刷新后查看处理结果',
  });
}
