import { Refusal, unknownHere } from './refusal.ts'

const form = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d(?::?\d\d)?)?)?$/

/** Beyond every moment there is. */
const ever = 2n ** 70n

const isCalendarDay = (date: string): boolean => {
  const ms = Date.parse(`${date}T00:00:00Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date)
}

/**
 * Microseconds since 1970 of a `timestamptz` in ISO form, a day alone, or an infinity. @throws Refusal `22007` for what is no
 * moment, `22008` for one that no calendar has
 */
export function microsOf(text: string): bigint {
  const word = text.trim()
  if (word === 'infinity') return ever
  if (word === '-infinity') return -ever
  if (/^(epoch|now|today|tomorrow|yesterday|allballs)$/i.test(word)) throw unknownHere(`moments like ${word}`)
  const [, date, time = '00:00:00', fraction = '', zone = 'Z'] = form.exec(word) ?? []
  if (date === undefined) {
    throw new Refusal(400, '22007', `invalid input syntax for type timestamp with time zone: "${text}"`)
  }
  const offset = /^[+-]\d\d$/.test(zone) ? `${zone}:00` : zone
  const ms = isCalendarDay(date) ? Date.parse(`${date}T${time}${offset}`) : Number.NaN
  if (Number.isNaN(ms)) throw new Refusal(400, '22008', `date/time field value out of range: "${text}"`)
  return BigInt(ms) * 1000n + BigInt(fraction.padEnd(6, '0'))
}

/** A moment of {@link microsOf} as `to_json` writes it. */
export function momentText(micros: bigint): string {
  if (micros === ever || micros === -ever) return micros < 0n ? '-infinity' : 'infinity'
  const [ms, rest] = [micros / 1000n, micros % 1000n]
  const [whole, behind] = rest < 0n ? [ms - 1n, rest + 1000n] : [ms, rest]
  const text = new Date(Number(whole)).toISOString()
  const fraction = `${text.slice(20, 23)}${String(behind).padStart(3, '0')}`.replace(/0+$/, '')
  return `${text.slice(0, 19)}${fraction === '' ? '' : `.${fraction}`}+00:00`
}

/** A moment as `to_json` writes a `timestamptz`: zeros at the end of the fraction are left out. */
export function momentOf(ms: number): string {
  const text = new Date(ms).toISOString()
  const fraction = text.slice(20, 23).replace(/0+$/, '')
  return `${text.slice(0, 19)}${fraction === '' ? '' : `.${fraction}`}+00:00`
}
