import { type DerReader, tags } from "./der-reader.ts";

/**
 * A time of a certificate in milliseconds since 1970 (RFC 5280 §4.1.2.5): UTCTime or GeneralizedTime, with seconds, in UTC.
 */
export function readTime(reader: DerReader): number {
  const { tag, value } = reader.element();
  if (tag !== tags.utcTime && tag !== tags.generalizedTime) reader.fail("a time is missing");
  const text = String.fromCharCode(...value.subarray(0, MAX_LENGTH + 1));
  const match = (tag === tags.utcTime ? UTC_TIME : GENERALIZED_TIME).exec(text);
  if (match === null) reader.fail("a time is not in the form of RFC 5280");
  const [written = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  // RFC 5280 §4.1.2.5.1: two digits from 50 on belong to the last century.
  const year = tag === tags.generalizedTime ? written : written + (written >= 50 ? 1900 : 2000);
  const inRange = month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
  if (!inRange || hour > 23 || minute > 59 || second > 59) reader.fail("a time names a moment that does not exist");
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

const MAX_LENGTH = 15;
const UTC_TIME = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;
// Years below 1000 stay out: Date.UTC takes 0 to 99 for the last century.
const GENERALIZED_TIME = /^([1-9]\d{3})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
