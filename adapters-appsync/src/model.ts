import { checkedName, invalidOption } from './names.ts'

/** One collection as the API has it: a type with `@model`, under conflict detection. */
export interface ModelOptions {
  /** The type's name, for example `Task`. */
  readonly model: string
  /** Its plural, as in the query `syncTasks`. Default: the name and `s`. */
  readonly plural?: string
  /** The fields of the type that belong to the record, `id` included. No others are read or written. */
  readonly fields: readonly string[]
  /** Those of `fields` whose type is `AWSJSON`: nested values go over the wire as their JSON text. Default none. */
  readonly json?: readonly string[]
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
  /** What writes select beside the record and its metadata: the owner and the further fields. */
  readonly others: readonly string[]
}

const metadata: readonly string[] = ['_version', '_deleted', '_lastChangedAt', '_m']

/** Checks one entry of the option `models`. @throws SyncError `SYNC_CONFIG_INVALID` naming the option */
export function modelOf(collection: string, options: ModelOptions): Model {
  const at = `models.${collection}`
  if (typeof options !== 'object' || options === null) throw invalidOption(`${at} must be { model, fields }`)
  const { model, fields, json = [], owner, others = ['createdAt', 'updatedAt'] } = options
  const name = checkedName(`${at}.model`, model)
  const plural = checkedName(`${at}.plural`, options.plural ?? `${name}s`)
  if (!Array.isArray(fields) || fields.length === 0)
    throw invalidOption(`${at}.fields must list the fields of the record`)
  for (const field of fields) {
    checkedName(`${at}.fields`, field)
    if (metadata.includes(field)) throw invalidOption(`${at}.fields must not list ${field}: it is metadata of the sync`)
  }
  if (!Array.isArray(others)) throw invalidOption(`${at}.others must list further fields`)
  const stranger = json.find((field) => !fields.includes(field))
  if (stranger !== undefined) throw invalidOption(`${at}.json lists ${stranger}, which ${at}.fields does not`)
  return {
    name,
    plural,
    fields: fields.filter((field) => field !== 'id'),
    hasId: fields.includes('id'),
    json: new Set(json),
    others: [
      ...(owner === undefined ? [] : [checkedName(`${at}.owner`, owner)]),
      ...others.map((field) => checkedName(`${at}.others`, field)),
    ],
  }
}
