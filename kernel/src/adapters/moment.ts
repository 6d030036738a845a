// Date is a calendar here, never a clock: a text that names its offset means the same everywhere and always.

const form = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):?(\d\d)?)$/

/**
 * The moment that a text names, in UTC as `toISOString()` of a `Date` writes it, with digits below the millisecond where they
 * are not zero. `undefined`: it names none (RFC 3339; an offset of whole hours and a blank for the `T` as PostgreSQL
 * writes them; years 0001 to 9999; no leap seconds).
 */
export function momentOf(text: string): string | undefined {
  const [, day, time, fraction = '', sign = '+', hours = '0', minutes = '0'] = form.exec(text) ?? []
  const local = `${day}T${time}`
  const ms = Date.parse(`${local}Z`)
  // A Date takes the 30th of February for a day in March.
  if (Number.isNaN(ms) || !new Date(ms).toISOString().startsWith(local) || hours > '23' || minutes > '59')
    return undefined
  const utc = new Date(ms - Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes)) * 60_000).toISOString()
  // Years of more than four digits are written with a sign.
  if (/^[^\d]|^0000/.test(utc)) return undefined
  return `${utc.slice(0, 20)}${fraction.replace(/0+$/, '').padEnd(3, '0')}Z`
}
