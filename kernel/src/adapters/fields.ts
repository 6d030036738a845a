import type { Json } from '../env/json.ts'
import { invalidConfig } from '../errors/sync-error.ts'
import { isObject } from '../model/value.ts'
import { momentOf } from './moment.ts'

/**
 * What a field holds that JSON has no type for. On the device, and in every record and query of the app, it is text:
 * `date` a moment, ISO 8601 in UTC as `toISOString()` writes it, with more digits of the second where there are more ·
 * `bigint` a whole number, digits with a `-` before them where it is below 0 · `decimal` the same with digits behind a
 * point · `bytes` base64 with padding (RFC 4648, 4). `null` stays `null`, and an absent field absent.
 */
export type FieldCodec = 'date' | 'bigint' | 'decimal' | 'bytes'

/** The codecs of a collection, by field of the record. */
export type Fields = Readonly<Record<string, FieldCodec>>

function decimalOf(text: string): string | undefined {
  const [, sign = '', whole, fraction = ''] = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?$/.exec(text) ?? []
  if (whole === undefined) return undefined
  const rest = fraction.replace(/0+$/, '')
  const number = rest === '' ? whole : `${whole}.${rest}`
  return number === '0' ? number : sign + number
}

// The bits that no byte fills are zero (RFC 4648, 3.5): one text for each value.
const base64Form = /^[A-Za-z\d+/]*(?:[AEIMQUYcgkosw048]=|[AQgw]==)?$/

const forms: { readonly [codec in FieldCodec]: (text: string) => string | undefined } = {
  date: momentOf,
  bigint: (text) => (/^(0|-?[1-9]\d*)$/.test(text) ? text : undefined),
  decimal: decimalOf,
  bytes: (text) => (text.length % 4 === 0 && base64Form.test(text) ? text : undefined),
}

/**
 * The one text for the value that a text means, `undefined` for none: of a `date` three digits of the second, more only
 * where they are not zero, and `Z` whatever the offset was; of a `decimal` no zeros at the end. Whole numbers and bytes have
 * no other.
 */
export const canonicalOf = (codec: FieldCodec, text: Json | undefined): string | undefined =>
  typeof text === 'string' ? forms[codec](text) : undefined

/** The codecs of a collection, checked. @throws SyncError `SYNC_CONFIG_INVALID` naming the option `at` */
export function checkedFields(at: string, fields: unknown = {}): Fields {
  const known = Object.keys(forms).join(', ')
  if (!isObject(fields)) throw invalidConfig(`${at} must be like { at: 'date' }, with one of ${known} for each field`)
  for (const [field, codec] of Object.entries(fields)) {
    if (typeof codec === 'string' && Object.hasOwn(forms, codec)) continue
    throw invalidConfig(
      `${at}.${field} must be one of ${known}, not ${typeof codec === 'string' ? codec : typeof codec}`,
    )
  }
  return Object.freeze({ ...fields }) as Fields
}

/** The codecs of collections, by the collection's name. */
export type FieldsOf = Readonly<Record<string, Fields | undefined>>

/**
 * The codecs in an option that says by collection `{ fields }`, and what else `known` names.
 * @throws SyncError `SYNC_CONFIG_INVALID` naming the option that is wrong, in which `at` goes before the name of the collection
 */
export function fieldsIn(at: string, collections: unknown = {}, known: readonly string[] = ['fields']): FieldsOf {
  if (!isObject(collections)) throw invalidConfig(`${at} must be an object`)
  const entries = Object.entries(collections).map(([name, given]) => {
    if (!isObject(given)) throw invalidConfig(`${at}.${name} must be an object with ${known.join(', ')}`)
    const stranger = Object.keys(given).find((option) => !known.includes(option))
    if (stranger !== undefined) throw invalidConfig(`${at}.${name} has no "${stranger}", only ${known.join(', ')}`)
    return [name, checkedFields(`${at}.${name}.fields`, (given as { fields?: unknown }).fields)] as const
  })
  return Object.fromEntries(entries)
}
