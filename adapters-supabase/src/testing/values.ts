import type { Json } from '@rowkeep/kernel'
import { someText } from '../json.ts'
import { arrayOf } from './arrays.ts'
import { microsOf, momentText } from './moments.ts'
import { byteaOf, compareNumerics, numericOf, wholeOf } from './numbers.ts'
import { badText, Refusal, unknownHere } from './refusal.ts'
import type { ColumnType } from './shapes.ts'

const holdsNul = (): Refusal => new Refusal(400, '22P05', 'unsupported Unicode escape sequence')

/** PostgreSQL's text and json types hold neither NUL nor half of a surrogate pair. */
function storable(text: string): string {
  if (text.includes('\0')) throw holdsNul()
  if (/\p{Surrogate}/u.test(text)) throw badText('json', 'a Unicode surrogate')
  return text
}

const truths = /^(t|tr|tru|true|y|ye|yes|on|1)$/
const lies = /^(f|fa|fal|fals|false|n|no|of|off|0)$/

function booleanOf(text: string): boolean {
  const word = text.trim().toLowerCase()
  if (truths.test(word)) return true
  if (lies.test(word)) return false
  throw badText('boolean', text)
}

const tooLarge = (type: ColumnType, text: string): Refusal =>
  new Refusal(400, '22003', `"${text}" is out of range for type ${type}`)

const unlimited: { readonly [word: string]: string } = { nan: 'NaN', inf: 'Infinity', infinity: 'Infinity' }

/** A double; the three that JSON has no number for as `to_json` writes them. */
function doubleOf(text: string): number | string {
  const word = text.trim()
  const [, sign = '', name = ''] = /^([+-]?)(nan|inf|infinity)$/i.exec(word) ?? []
  const found = unlimited[name.toLowerCase()]
  if (found !== undefined) return sign === '-' && found === 'Infinity' ? `-${found}` : found
  if (/^[+-]?0x/i.test(word)) throw unknownHere('hexadecimal numbers')
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(word)) throw badText('double precision', text)
  const number = Number(word)
  const isLost = number === 0 && /[1-9]/.test(word.replace(/e.*$/i, ''))
  if (!Number.isFinite(number) || isLost) throw tooLarge('double precision', text)
  return number
}

/** A column's value from the text of a URL. */
export function fromText(type: ColumnType, text: string): Json {
  if (type === 'boolean') return booleanOf(text)
  if (type === 'double precision') return doubleOf(text)
  if (type === 'bigint') return wholeOf(text)
  if (type === 'timestamptz') return momentText(microsOf(text))
  if (type === 'numeric') return numericOf(text)
  if (type === 'bytea') return byteaOf(text)
  if (type === 'text[]') {
    if (text.trim().startsWith('{')) throw unknownHere('lists in braces')
    throw new Refusal(400, '22P02', `malformed array literal: "${text}"`)
  }
  return storable(text)
}

/** A column's value from the JSON of a body, as `json_to_record` casts it. */
export function fromJson(type: ColumnType, value: Json): Json {
  if (value === null) return null
  if (someText(value, /\0/)) throw holdsNul()
  if (type === 'text[]' && typeof value !== 'string') {
    return arrayOf(value, (one) => (one === null ? null : fromJson('text', one)))
  }
  return fromText(type, typeof value === 'string' ? value : JSON.stringify(value))
}

// As under a locale such as en_US: neither case nor accents come first, which a client that compares by itself gets wrong.
const collation = new Intl.Collator('en-US')

// In PostgreSQL's order of doubles NaN is the greatest.
const rankOf = (value: Json): number =>
  value === 'NaN' ? 2 : value === 'Infinity' ? 1 : value === '-Infinity' ? -1 : 0

function compareDoubles(a: Json, b: Json): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return rankOf(a) - rankOf(b)
}

/** Negative: `a` comes first. Neither is null. */
export function compare(type: ColumnType, a: Json, b: Json): number {
  if (type === 'timestamptz') {
    const [x, y] = [microsOf(String(a)), microsOf(String(b))]
    return x < y ? -1 : Number(x > y)
  }
  if (type === 'double precision') return compareDoubles(a, b)
  if (type === 'numeric' || type === 'bigint') return compareNumerics(String(a), String(b))
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  const [x, y] = [typeof a === 'string' ? a : JSON.stringify(a), typeof b === 'string' ? b : JSON.stringify(b)]
  return collation.compare(x, y) || (x < y ? -1 : Number(x > y))
}

/** A value as JSON, as `to_json` writes it: numbers with all of their digits. `text`: as `::text` gives it. */
export function jsonTextOf(type: ColumnType, value: Json, text: boolean): string {
  const isNumber = type === 'numeric' || type === 'bigint'
  if (!text || value === null) return isNumber && typeof value === 'string' ? value : JSON.stringify(value)
  if (isNumber || type === 'text' || type === 'bytea') return JSON.stringify(String(value))
  throw unknownHere(`${type}::text`)
}
