/** Dates and date-times as ISO 8601 writes them in full, and nothing else. */

const iso = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(Z|[+-]\d\d(?::?\d\d)?)?)?$/

/**
 * Milliseconds since 1970-01-01 00:00 UTC of `2026-11-21`, `2026-11-21T23:38`, `2026-11-21 23:38:24.5+01:00`; null for anything else. Without a zone it
 * is UTC; a date is its midnight. Fractions finer than a millisecond stay, as far as a double holds them (a quarter of a microsecond).
 */
export function timeOf(text: string): number | null {
  const found = iso.exec(text)
  if (!found) return null
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = ''] = found
  const [y, m, d, h, min, s] = [Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second)]
  if (m < 1 || m > 12 || d < 1 || d > daysOf(y, m) || h > 23 || min > 59 || s > 59) return null
  const offset = offsetOf(zone)
  if (offset === null) return null
  // Date.UTC takes years below 100 for ones of the last century.
  const base = new Date(0)
  base.setUTCFullYear(y, m - 1, d)
  base.setUTCHours(h, min, s)
  return base.getTime() + (fraction === '' ? 0 : 1000 * Number(`0.${fraction}`)) - 60_000 * offset
}

function daysOf(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
}

/** In minutes; null for what is none. */
function offsetOf(zone: string): number | null {
  if (zone === '' || zone === 'Z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(3).replace(':', '') || '0')
  if (hours > 23 || minutes > 59) return null
  return (zone.startsWith('-') ? -1 : 1) * (60 * hours + minutes)
}

/** Of a count of units, `per` a millisecond: whole milliseconds are exact, what is below one as far as a double holds it. */
export function millisecondsOf(count: bigint, per: bigint): number {
  if (per === 1n) return Number(count)
  return Number(count / per) + Number(count % per) / Number(per)
}
