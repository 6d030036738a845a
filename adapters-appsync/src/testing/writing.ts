import type { JsonObject } from '@rowkeep/kernel'
import type { ModelServer } from '@rowkeep/kernel/testing'
import { meets, type Tests } from './filters.ts'
import type { Item, ItemStore } from './items.ts'
import { attributesOf } from './reading.ts'
import { conditionFailed, conflictUnhandled, invalidItem, type ResolverError, unauthorized } from './refusals.ts'

/** One mutation on its way. */
export interface Writing {
  readonly table: string
  /** For messages: `createNote` and so on. */
  readonly field: string
  readonly user: string
  readonly input: JsonObject & { readonly id?: string; readonly _version?: number | null }
  readonly condition: Tests | null
  /** An item as the answer to this mutation would show it. */
  readonly shown: (item: Item) => unknown
}

/** How the API was set up, and how it behaves where that is known from documents only. */
export interface Behaviour {
  /** How far back the delta table reaches, ms. */
  readonly deltaTableTtlMs: number
  /** How long the base table keeps a deleted item, ms. */
  readonly baseTableTtlMs: number
  /** Whether refusals carry the row. AppSync has been seen to do either. */
  readonly conflictData: boolean
  /** Whether an update of a deleted item brings it back. */
  readonly revives: boolean
}

/** The mutations of a versioned data source with optimistic concurrency, behind an owner rule. */
export interface Mutations {
  create(writing: Writing): Item
  update(writing: Writing): Item
  delete(writing: Writing): Item
}

const itemBytes = 409_600
const keyBytes = 2048
const encoder = new TextEncoder()

/** Java writes half a surrogate pair as a question mark. */
const asStored = (text: string): string => text.replace(/\p{Surrogate}/gu, '?')

function stored(value: unknown): unknown {
  if (typeof value === 'string') return asStored(value)
  if (Array.isArray(value)) return value.map(stored)
  return value
}

function checkedItem(id: string, attributes: JsonObject): JsonObject {
  const bytes = encoder.encode(id).length
  if (bytes === 0 || bytes > keyBytes)
    throw invalidItem(
      'One or more parameter values were invalid: the AttributeValue for the key attribute id has a wrong size',
    )
  const kept = Object.fromEntries(
    Object.entries(attributes).map(([field, value]) => [field, stored(value)]),
  ) as JsonObject
  if (encoder.encode(JSON.stringify(kept)).length > itemBytes)
    throw invalidItem('Item size has exceeded the maximum allowed size')
  return kept
}

/** The fields of an input that are attributes of the item. */
const fieldsOf = ({ id: _, _version, ...fields }: Writing['input']): JsonObject => fields

const stamp = (now: number): string => new Date(now).toISOString()

/** What an `UpdateItem` leaves: fields set to null lose their attribute. */
function updated(before: JsonObject, fields: JsonObject): JsonObject {
  const after = new Map([...Object.entries(before), ...Object.entries(fields)])
  for (const [field, value] of Object.entries(fields)) if (value === null) after.delete(field)
  return Object.fromEntries(after)
}

/** Mutations over the tables, in which `server` says what is forbidden. */
export function mutations(
  store: ItemStore,
  server: ModelServer,
  { conflictData, revives }: Pick<Behaviour, 'conflictData' | 'revives'>,
): Mutations {
  const idOf = ({ input }: Writing): string => asStored(input.id ?? '')
  const told = (item: Item, { user, shown }: Writing): unknown =>
    conflictData && item.owner === user ? shown(item) : null

  /** Who may write is asked before anything else, and a row that is not there has no owner. */
  function owned(writing: Writing): Item {
    const item = store.get(writing.table, idOf(writing))
    if (item?.owner === writing.user && !server.isForbidden(writing.table, idOf(writing))) return item
    throw unauthorized(writing.field, 'Mutation')
  }

  /** The version is compared first; a condition is looked at only where it is the newest. */
  function refusal(item: Item, writing: Writing): ResolverError | undefined {
    if ((writing.input._version ?? 0) !== item.version) return conflictUnhandled(told(item, writing))
    return meets(writing.condition, attributesOf(item)) ? undefined : conditionFailed(told(item, writing))
  }

  function checked(writing: Writing): Item {
    const item = owned(writing)
    const error = refusal(item, writing)
    if (error) throw error
    return item
  }

  return {
    create(writing) {
      const { table, user, input } = writing
      const id = input.id === undefined ? crypto.randomUUID() : idOf(writing)
      if (server.isForbidden(table, id)) throw unauthorized(writing.field, 'Mutation')
      const before = store.get(table, id)
      // Also over a deleted item: its key exists.
      if (before) throw conditionFailed(told(before, writing))
      const now = stamp(store.now())
      const attributes = { ...fieldsOf(input), createdAt: now, updatedAt: now }
      return store.put(table, { id, owner: user, attributes: checkedItem(id, attributes) })
    },
    update(writing) {
      const before = checked(writing)
      const { _deleted, ...attributes } = updated(before.attributes, fieldsOf(writing.input))
      const gone = before.deleted && !revives ? { _deleted: true } : {}
      const after = { ...attributes, ...gone, updatedAt: stamp(store.now()) }
      return store.put(writing.table, { ...before, attributes: checkedItem(before.id, after) })
    },
    delete(writing) {
      const before = checked(writing)
      const attributes = { ...before.attributes, _deleted: true, updatedAt: stamp(store.now()) }
      return store.put(writing.table, { ...before, attributes })
    },
  }
}
