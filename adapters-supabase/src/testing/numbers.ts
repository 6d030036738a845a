import { badText, Refusal, unknownHere } from './refusal.ts'

const largest = 2n ** 63n

/** An `int8` from text: a number, or its digits where a number would lose some. */
export function wholeOf(text: string): number | string {
  if (!/^\s*[+-]?\d+\s*$/.test(text)) throw badText('bigint', text)
  const whole = BigInt(text.trim().replace('+', ''))
  if (whole >= largest || whole < -largest) {
    throw new Refusal(400, '22003', `value "${text}" is out of range for type bigint`)
  }
  return Number.isSafeInteger(Number(whole)) ? Number(whole) : String(whole)
}

/** A `numeric` from text, in the digits that PostgreSQL writes: zeros at the end stay. */
export function numericOf(text: string): string {
  const [, sign = '', whole = '', fraction, lone = ''] = /^\s*([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))\s*$/.exec(text) ?? []
  if (whole === '' && lone === '') {
    if (/^\s*[+-]?(nan|inf|infinity|[\d.]+e[+-]?\d+)\s*$/i.test(text)) throw unknownHere(`numbers like ${text}`)
    throw badText('numeric', text)
  }
  const behind = fraction ?? lone
  const digits = `${whole.replace(/^0+(?=\d)/, '') || '0'}${behind === '' ? '' : `.${behind}`}`
  return sign === '-' && /[1-9]/.test(digits) ? `-${digits}` : digits
}

/** Negative: `a` is less. */
export function compareNumerics(a: string, b: string): number {
  const behind = (text: string): number => text.split('.')[1]?.length ?? 0
  const places = Math.max(behind(a), behind(b))
  const scaled = (text: string): bigint => BigInt(text.replace('.', '') + '0'.repeat(places - behind(text)))
  const [x, y] = [scaled(a), scaled(b)]
  return x < y ? -1 : Number(x > y)
}

/** A `bytea` from text, as hex digits behind `\\x`. */
export function byteaOf(text: string): string {
  if (!text.startsWith('\\x')) throw unknownHere('bytes in escape format')
  if (/^\\x(?:[\da-f]{2})*$/i.test(text)) return text.toLowerCase()
  throw badText('bytea', text)
}
