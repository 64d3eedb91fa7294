/** What was done, by how the audit log names it: the longest beginning that fits counts. */
const WORDS: Readonly<Record<string, string>> = {
  'POST /api/residents/desk/search': '查找居民',
  'POST /api/residents/desk/callers': '登记来电居民',
  'GET /api/residents/desk/persons': '查看个人信息',
  'POST /api/residents/desk/persons/:person/disclosure': '查看完整的个人信息',
  'POST /api/residents/desk/persons/:person/erasure': '注销个人信息',
  'POST /api/residents/previews': '查看或修改白名单',
  'GET /api/residents/previews': '查看白名单',
  'DELETE /api/residents/previews': '移出白名单',
  'GET /api/slots/desk/bookings': '查看预约记录',
  'POST /api/slots/desk/bookings': '查看或办理预约',
  'GET /api/slots/desk/appeals': '查看申诉',
  'POST /api/slots/desk/blocks': '查看或修改黑名单',
  'POST /api/slots/desk/rights': '恢复预约权限',
  'GET /api/slots/desk/payments': '查看缴费记录',
  '/api/partner/v1/pool': '预约平台办理预约',
  '/api/partner/v1/blacklist': '医院登记黑名单',
  'DELIVER booking-order': '预约单送到医院',
  'DELIVER booking-notice': '发送预约通知',
  'DELIVER credit-appeal': '申诉成立的结果报告给市级信用平台',
};

/** In plain words; of what has none yet, only that it was looked at. */
export function accessWords(action: string): string {
  const path = action.slice(action.indexOf(' ') + 1);
  const fitting = Object.keys(WORDS).filter((start) => action.startsWith(start) || path.startsWith(start));
  const longest = fitting.sort((one, other) => other.length - one.length)[0];
  return (longest !== undefined && WORDS[longest]) || '查看相关记录';
}
