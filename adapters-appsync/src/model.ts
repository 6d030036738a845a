import { checkedFields, type Fields } from '@rowkeep/kernel/adapters'
import { checkedName, invalidOption, isPlain, mustBeKnown } from './names.ts'

/** One collection as the API has it: a type with `@model`, under conflict detection. */
export interface ModelOptions {
  /** The type's name, for example `Task`. */
  readonly model: string
  /** Its plural, as in the query `syncTasks`. Default: the name and `s`. */
  readonly plural?: string
  /** The fields of the type that belong to the record, its key included. No others are read or written. */
  readonly fields: readonly string[]
  /**
   * The field that the client has as the collection's `key`, where that is another. The type needs it beside `id`, which holds the
   * same value. Default `id`.
   */
  readonly key?: string
  /** Those of `fields` whose type is `AWSJSON`: nested values go over the wire as their JSON text. Default none. */
  readonly json?: readonly string[]
  /**
   * What those of `fields` hold that JSON has no type for: `date` for a field of type `AWSDateTime`, `bigint`, `decimal` and `bytes` for
   * one of type `String`. Text on the device and on the wire, which is checked both ways. Default none.
   */
  readonly codecs?: Fields
  /**
   * The field that holds the owner, where the type has `@auth(rules: [{ allow: owner }])`; its default name there is `owner`.
   * AppSync matches subscriptions of owners by it, and can do so only where the mutation selects it. `undefined`: none.
   */
  readonly owner?: string
  /**
   * Further fields of the type: never read or written, but selected by every write, because a subscription of another client
   * gets nothing else, and no row at all where one it asks for may not be null. Default `['createdAt', 'updatedAt']`, which
   * `@model` adds; give `[]`, or their other names, where the schema has it so (`timestamps`).
   */
  readonly others?: readonly string[]
}

/** The same, checked, with the names of its operations. */
export interface Model {
  readonly name: string
  readonly plural: string
  /** Without `id`, which every model has. */
  readonly fields: readonly string[]
  /** Whether the record itself has the field `id`. */
  readonly hasId: boolean
  readonly json: ReadonlySet<string>
  readonly codecs: Fields
  /** What writes select beside the record and its metadata: the owner and the further fields. */
  readonly others: readonly string[]
}

const known = 'codecs fields json key model others owner plural'.split(' ')
const metadata: readonly string[] = ['_version', '_deleted', '_lastChangedAt', '_m']

/** The fields of the record. Without its key a row would be taken for none. */
function checkedNames(at: string, fields: unknown, key: string): readonly string[] {
  if (!Array.isArray(fields) || fields.length === 0)
    throw invalidOption(`${at}.fields must list the fields of the record`)
  const names = fields.map((field) => checkedName(`${at}.fields`, field))
  const taken = names.find((name) => metadata.includes(name))
  if (taken !== undefined) throw invalidOption(`${at}.fields must not list ${taken}: it is metadata of the sync`)
  if (names.includes(key)) return names
  const other = key === 'id' ? `; where the client has another, give it as ${at}.key` : ''
  throw invalidOption(`${at}.fields must list ${key}, the key of the record${other}`)
}

function checkedJson(at: string, json: unknown, fields: readonly string[]): ReadonlySet<string> {
  if (!Array.isArray(json)) throw invalidOption(`${at}.json must list the fields of type AWSJSON`)
  const stranger = json.find((field) => !fields.includes(field))
  if (stranger !== undefined) throw invalidOption(`${at}.json lists ${stranger}, which ${at}.fields does not`)
  return new Set(json)
}

function checkedCodecs(at: string, codecs: unknown, fields: readonly string[], json: ReadonlySet<string>): Fields {
  const checked = checkedFields(`appsyncAdapter: ${at}.codecs`, codecs)
  const stranger = Object.keys(checked).find((field) => !fields.includes(field) || json.has(field))
  if (stranger === undefined) return checked
  throw invalidOption(`${at}.codecs has ${stranger}, which is not in ${at}.fields, or is AWSJSON`)
}

/** Checks one entry of the option `models`. @throws SyncError `SYNC_CONFIG_INVALID` naming the option */
export function modelOf(collection: string, options: ModelOptions): Model {
  const at = `models.${collection}`
  if (!isPlain(options)) throw invalidOption(`${at} must be { model, fields }`)
  mustBeKnown(`${at}.`, options, known)
  const { model, json = [], key = 'id', owner, others = ['createdAt', 'updatedAt'] } = options
  const name = checkedName(`${at}.model`, model)
  const plural = checkedName(`${at}.plural`, options.plural ?? `${name}s`)
  const fields = checkedNames(at, options.fields, checkedName(`${at}.key`, key))
  if (!Array.isArray(others)) throw invalidOption(`${at}.others must list further fields`)
  const texts = checkedJson(at, json, fields)
  return {
    name,
    plural,
    fields: fields.filter((field) => field !== 'id'),
    hasId: fields.includes('id'),
    json: texts,
    codecs: checkedCodecs(at, options.codecs, fields, texts),
    others: [
      ...(owner === undefined ? [] : [checkedName(`${at}.owner`, owner)]),
      ...others.map((field) => checkedName(`${at}.others`, field)),
    ],
  }
}
