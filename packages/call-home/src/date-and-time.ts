/**
 * Milliseconds since 1970 of a date-and-time (RFC 6991 §3); undefined for another text, or a day that is in no calendar. A
 * portable package has no `Date`.
 *
 * @example
 * parseDateAndTime("2026-11-21T00:15:00+01:00"); // 1795216500000
 */
export function parseDateAndTime(text: string): number | undefined {
  const found = DATE_AND_TIME.exec(text);
  if (found === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1, 7).map(Number);
  const [fraction = "", sign, offsetHours, offsetMinutes] = found.slice(7);
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59 || Number(offsetHours ?? 0) > 14 || Number(offsetMinutes ?? 0) > 59) {
    return undefined;
  }
  const offset = (Number(offsetHours ?? 0) * 60 + Number(offsetMinutes ?? 0)) * (sign === "-" ? -1 : 1);
  const minutes = (daysBefore(year, month) + day - 1) * 1440 + hour * 60 + minute - offset;
  return (minutes * 60 + second) * 1000 + Math.trunc(Number(`0${fraction}`) * 1000);
}

/** The same in UTC, `2026-11-21T00:15:00Z`, of whole seconds in the years 0 to 9999. */
export function formatDateAndTime(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const days = Math.floor(seconds / SECONDS_A_DAY);
  const time = seconds - days * SECONDS_A_DAY;
  let year = 1970 + Math.floor(days / 365.2425);
  while (daysBefore(year, 1) > days) year--;
  while (daysBefore(year + 1, 1) <= days) year++;
  let month = 1;
  while (month < 12 && daysBefore(year, month + 1) <= days) month++;
  const date = [pad(year, 4), pad(month), pad(days - daysBefore(year, month) + 1)].join("-");
  const clock = [Math.floor(time / 3600), Math.floor(time / 60) % 60, time % 60].map((part) => pad(part));
  return `${date}T${clock.join(":")}Z`;
}

const DATE_AND_TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(?:Z|([+-])(\d\d):(\d\d))$/;
const SECONDS_A_DAY = 86_400;
/** Days of a common year before each month. */
const BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];

/** Days from 1970-01-01 to the first of a month, by the Gregorian calendar. */
function daysBefore(year: number, month: number): number {
  const last = year - 1;
  const leapDays = Math.floor(last / 4) - Math.floor(last / 100) + Math.floor(last / 400);
  const beforeYear = last * 365 + leapDays - DAYS_BEFORE_1970;
  return beforeYear + (BEFORE_MONTH[month - 1] ?? 0) + (month > 2 && isLeap(year) ? 1 : 0);
}

/** From the first day of year 1. */
const DAYS_BEFORE_1970 = 719_162;

function daysOf(year: number, month: number): number {
  return (BEFORE_MONTH[month] ?? 0) - (BEFORE_MONTH[month - 1] ?? 0) + (month === 2 && isLeap(year) ? 1 : 0);
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function pad(value: number, length = 2): string {
  return String(value).padStart(length, "0");
}
