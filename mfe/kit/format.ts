const ZONE = 'Asia/Shanghai';
const WEEKDAYS = {
  Sun: '周日',
  Mon: '周一',
  Tue: '周二',
  Wed: '周三',
  Thu: '周四',
  Fri: '周五',
  Sat: '周六',
};

const PARTS = new Intl.DateTimeFormat('en-US', {
  timeZone: ZONE,
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  weekday: 'short',
  hour: '2-digit',
  minute: '2-digit',
});

type Parts = Record<'year' | 'month' | 'day' | 'weekday' | 'hour' | 'minute', string>;

function partsOf(instant: string | Date): Parts {
  const parts = PARTS.formatToParts(new Date(instant));
  return Object.fromEntries(parts.map((part) => [part.type, part.value])) as Parts;
}

/** 11月24日 周二. */
export function formatDay(instant: string | Date): string {
  const { month, day, weekday } = partsOf(instant);
  return `${month}月${day}日 ${WEEKDAYS[weekday as keyof typeof WEEKDAYS]}`;
}

/** 09:15, clock of Asia/Shanghai. */
export function formatClock(instant: string | Date): string {
  const { hour, minute } = partsOf(instant);
  return `${hour}:${minute}`;
}

/** 11月24日 周二 09:15; with the year in front when it is not this year's. */
export function formatMoment(instant: string | Date, now: Date = new Date()): string {
  const { year } = partsOf(instant);
  const prefix = year === partsOf(now).year ? '' : `${year}年`;
  return `${prefix}${formatDay(instant)} ${formatClock(instant)}`;
}

/** As formatMoment; a deadline at midnight is the end of the day before: 11月24日 周二 24:00. */
export function formatDeadline(instant: string | Date, now: Date = new Date()): string {
  if (formatClock(instant) !== '00:00') return formatMoment(instant, now);
  const dayBefore = new Date(new Date(instant).getTime() - 60_000);
  return formatMoment(dayBefore, now).replace('23:59', '24:00');
}

/** 2026年11月24日 of a calendar date such as 2026-11-24, without any time zone. */
export function formatCalendarDate(date: string): string {
  const [year, month, day] = date.split('-').map(Number);
  return `${year}年${month}月${day}日`;
}

/** 数据截至 09:15; with the day when it is not today; 暂无数据 for an empty view. */
export function formatAsOf(instant: string | null, now: Date = new Date()): string {
  if (instant === null) return '暂无数据';
  const sameDay = formatDay(instant) === formatDay(now) && partsOf(instant).year === partsOf(now).year;
  return `数据截至 ${sameDay ? formatClock(instant) : formatMoment(instant, now)}`;
}

/** Whole fen as ¥25.00; thousands are grouped. */
export function formatFee(fen: number): string {
  const [yuan = '0', cents] = (fen / 100).toFixed(2).split('.');
  return `¥${yuan.replace(/\B(?=(\d{3})+$)/g, ',')}.${cents}`;
}
