/** Small code tables of payments, each with the Chinese word a user sees. */

/** Where the payment of a booking stands, for whoever pays. */
export const PAYMENT_STATES = {
  toPay: '待支付',
  paid: '已支付',
  refunding: '退款中',
  refunded: '已退款',
  /** The gateway has refused the refund: somebody at the desk has to see to it. */
  refundRefused: '退款待处理',
  /** The gateway has refused the refund, and the desk gave the money back otherwise. */
  refundedByHand: '已线下退款',
} as const;
export type PaymentState = keyof typeof PAYMENT_STATES;

/** Where one order at the gateway stands, for the desk. */
export const ORDER_STATES = {
  open: '待支付',
  paid: '已支付',
  refunding: '退款中',
  refundRefused: '退款待处理',
  refunded: '已退款',
  refundedByHand: '已线下退款',
  closed: '已关闭',
  failed: '下单失败',
} as const;
export type OrderState = keyof typeof ORDER_STATES;

/** Where one refund stands, for the desk. */
export const REFUND_STATES = {
  requested: '已发起',
  accepted: '支付平台处理中',
  succeeded: '已退款',
  refused: '支付平台拒绝',
  settledByHand: '已线下退款',
} as const;
export type RefundState = keyof typeof REFUND_STATES;

/** What is paid for. */
export const PAYMENT_PURPOSES = { registration: '挂号费' } as const;
export type PaymentPurpose = keyof typeof PAYMENT_PURPOSES;

/** Why no money is wanted any more; what has come in all the same goes back. */
export const CALL_OFF_CAUSES = {
  bookingCancelled: '退号退费',
  cancelledByHospital: '医院取消，全额退费',
  outcomeCorrected: '就诊结果更正，全额退费',
  registrationRefused: '未能挂号，全额退费',
} as const;
export type CallOffCause = keyof typeof CALL_OFF_CAUSES;

export const REFUND_CAUSES = {
  ...CALL_OFF_CAUSES,
  paidTwice: '重复支付退回',
  wrongAmount: '支付金额不符退回',
} as const;
export type RefundCause = keyof typeof REFUND_CAUSES;

/** Why an order can no longer be paid. */
export const CLOSING_CAUSES = {
  expired: '超时未支付',
  calledOff: '已取消',
  superseded: '已由另一笔支付',
  gateway: '支付平台已关闭',
} as const;
export type ClosingCause = keyof typeof CLOSING_CAUSES;

/** What a line of the gateway's daily statement is about. */
export const MOVEMENT_SUBJECTS = { payment: '支付', refund: '退款' } as const;
export type MovementSubject = keyof typeof MOVEMENT_SUBJECTS;

/** How the gateway's daily statement and our own payments differ in one of them. */
export const STATEMENT_DIFFERENCES = {
  missingHere: '平台没有',
  missingThere: '支付平台没有',
  amountDiffers: '金额不符',
  tradeDiffers: '交易号不符',
} as const;
export type StatementDifferenceKind = keyof typeof STATEMENT_DIFFERENCES;

/** Where the comparison of one day at one institution stands. */
export const STATEMENT_STATES = {
  awaited: '待取账单',
  same: '一致',
  different: '有差异',
  settled: '差异已处理',
} as const;
export type StatementState = keyof typeof STATEMENT_STATES;
