import type { GatewayOrder, NewOrder } from '@qingpu/contracts/partners/payment-gateway/payment-orders';

const STATES = { open: '待支付', paid: '支付成功', closed: '订单已关闭' } as const;

/** The page on which a simulated customer pays; plain enough for any browser. */
export function paymentPage(order: NewOrder, { gatewayOrderNumber, state, amountFen }: GatewayOrder): string {
  const form =
    state === 'open'
      ? `<form method="post" action="/pay/${gatewayOrderNumber}"><button type="submit">支付</button></form>`
      : '';
  return `<!doctype html>
<html lang="zh-CN">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>模拟支付平台</title>
<style>body{font:18px/1.6 sans-serif;max-width:24em;margin:3em auto;padding:0 1em;text-align:center}
strong{display:block;font-size:2em}button{font-size:1.2em;padding:.6em 3em}</style></head>
<body><main>
<h1>模拟支付平台</h1>
<p>${escaped(order.subject)}<strong>¥${(amountFen / 100).toFixed(2)}</strong></p>
<p role="status">${STATES[state]}</p>
${form}
<p><a href="${escaped(order.returnUrl)}">返回商户</a></p>
</main></body></html>`;
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
