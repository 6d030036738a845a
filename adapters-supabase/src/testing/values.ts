import type { Json } from '@rowkeep/kernel'
import { badText, Refusal } from './refusal.ts'
import type { ColumnType } from './shapes.ts'

/** PostgreSQL's text and json types hold neither NUL nor half of a surrogate pair. */
function storable(text: string): string {
  if (text.includes('\0')) throw new Refusal(400, '22P05', 'unsupported Unicode escape sequence')
  if (/\p{Surrogate}/u.test(text)) throw badText('json', 'a Unicode surrogate')
  return text
}

const truths = ['true', 't', 'yes', 'y', 'on', '1']
const lies = ['false', 'f', 'no', 'n', 'off', '0']

function booleanOf(text: string): boolean {
  const word = text.trim().toLowerCase()
  if (truths.includes(word)) return true
  if (lies.includes(word)) return false
  throw badText('boolean', text)
}

function numberOf(text: string, type: ColumnType): number {
  const fits = type === 'bigint' ? /^\s*[+-]?\d+\s*$/ : /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i
  if (fits.test(text)) return Number(text)
  throw badText(type, text)
}

/** Microseconds since 1970 of a moment in ISO form. */
function microsOf(text: string): bigint {
  const parts = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d:?\d\d|[+-]\d\d)?$/.exec(text)
  const [, date, time, fraction = '', zone = 'Z'] = parts ?? []
  const offset = /^[+-]\d\d$/.test(zone) ? `${zone}:00` : zone
  const ms = parts ? Date.parse(`${date}T${time}${offset}`) : Number.NaN
  if (Number.isNaN(ms)) throw badText('timestamp with time zone', text)
  return BigInt(ms) * 1000n + BigInt(fraction.padEnd(6, '0'))
}

/** A moment as `to_json` writes a `timestamptz`: zeros at the end of the fraction are left out. */
export function momentOf(ms: number): string {
  const text = new Date(ms).toISOString()
  const fraction = text.slice(20, 23).replace(/0+$/, '')
  return `${text.slice(0, 19)}${fraction === '' ? '' : `.${fraction}`}+00:00`
}

/** A column's value from the text of a URL. */
export function fromText(type: ColumnType, text: string): Json {
  if (type === 'boolean') return booleanOf(text)
  if (type === 'double precision' || type === 'bigint') return numberOf(text, type)
  if (type === 'timestamptz') {
    microsOf(text)
    return text
  }
  if (type === 'text[]') throw new Refusal(400, '22P02', `malformed array literal: "${text}"`)
  return storable(text)
}

/** A column's value from the JSON of a body, as `json_populate_recordset` casts it. */
export function fromJson(type: ColumnType, value: Json): Json {
  if (value === null) return null
  if (type === 'text[]') {
    if (!Array.isArray(value)) throw new Refusal(400, '22P02', 'expected JSON array')
    return value.map((one: Json) => (one === null ? null : fromJson('text', one)))
  }
  return fromText(type, typeof value === 'string' ? value : JSON.stringify(value))
}

// As under a locale such as en_US: neither case nor accents come first, which a client that compares by itself gets wrong.
const collation = new Intl.Collator('en-US')

/** Negative: `a` comes first. Neither is null. */
export function compare(type: ColumnType, a: Json, b: Json): number {
  if (type === 'timestamptz') return Number(microsOf(String(a)) - microsOf(String(b)))
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  const [x, y] = [typeof a === 'string' ? a : JSON.stringify(a), typeof b === 'string' ? b : JSON.stringify(b)]
  return collation.compare(x, y) || (x < y ? -1 : Number(x > y))
}
