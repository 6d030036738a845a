import type { Failure, JsonObject, PushOperation, PushVerdict, RemoteRow, SyncErrorCode } from '@rowkeep/kernel'
import { matches } from '@rowkeep/kernel/adapters'
import type { Query } from '../client.ts'
import { verdictOf, WireError } from '../errors.ts'
import type { Caller } from '../requests.ts'
import { storableFlaw } from '../storable.ts'
import { rowOf, rowsIn } from './codec.ts'
import { columnsFrom, filterFrom, rowFrom, selectOf } from './fields.ts'
import { exactly } from './filters.ts'
import { queriesOf, readRow } from './reading.ts'
import { revisionColumn, setupOf, type Table } from './table.ts'

/** One operation on its way to its table. */
export interface Pushing {
  readonly caller: Caller
  readonly table: Table
  readonly operation: PushOperation
  /** Told when an update was applied and the row's revision is still the one it was made for. */
  readonly standsStill: () => void
}

const rejected = (code: SyncErrorCode, message: string, row?: RemoteRow): PushVerdict => {
  const error: Failure = { code, message }
  return { kind: 'rejected', error, ...(row ? { row } : {}) }
}

const applied = (row: RemoteRow | undefined): PushVerdict => ({ kind: 'applied', ...(row ? { row } : {}) })
const conflict = (row: RemoteRow | undefined): PushVerdict => ({ kind: 'conflict', ...(row ? { row } : {}) })

const own = ({ operation, table }: Pushing, raw: JsonObject | undefined): RemoteRow | undefined =>
  raw && rowOf(raw, operation.collection, table)

async function written({ caller, table }: Pushing, method: string, query: Query): Promise<JsonObject | undefined> {
  const what = `${method} ${table.name}`
  const { data } = await caller.send({
    what,
    writes: true,
    setup: setupOf(table),
    query: query.select(selectOf(table)),
  })
  const [raw] = rowsIn(data, what)
  return raw && rowFrom(raw, table)
}

/** The columns a change writes. Fields that are taken away become null. */
function columnsOf({ operation, table }: Pushing): JsonObject {
  const { set = {}, unset = [] } = operation.change
  const gone = unset.map((field) => [field, null] as const)
  return columnsFrom({ ...set, ...Object.fromEntries(gone) }, table)
}

/** The condition in PostgREST's words. */
const wordsOf = ({ operation: { condition }, table }: Pushing): ReturnType<typeof exactly> =>
  condition && exactly(filterFrom(condition, table))

/** What speaks against an operation before anything is sent. */
function flawOf(push: Pushing): PushVerdict | undefined {
  const { operation, table } = push
  const { change, condition } = operation
  if (change.increment || change.append) {
    return rejected('SYNC_UNSUPPORTED', 'a plain table cannot tell a repeated increment or append from a new one')
  }
  const stranger = Object.keys(columnsOf(push)).find((field) => table.hidden.has(field))
  if (stranger !== undefined) {
    return rejected('SYNC_REJECTED', `"${stranger}" is a column that the server fills in: leave it out of the record`)
  }
  if (condition && wordsOf(push) === undefined) {
    return rejected(
      'SYNC_UNSUPPORTED',
      'the condition uses an operator or a value that PostgREST has no exact words for',
    )
  }
  return storableFlaw(operation)
}

/** The update or delete of the one row an operation is for, and only as it expects it. */
function narrowed(push: Pushing, query: Query): Query {
  const { operation, table } = push
  const { id, expected } = operation
  let narrow = query.eq(table.id, id)
  if (expected !== null) narrow = narrow.eq(revisionColumn(table), expected)
  if (table.deleted !== undefined) narrow = narrow.not(table.deleted, 'is', 'true')
  const words = wordsOf(push)
  return typeof words === 'string' ? narrow.or(words) : narrow
}

/**
 * A write that hit no row: it is looked up which of its premises did not hold. The row may have moved on since, which
 * changes nothing: a revision never comes back.
 */
async function explained(push: Pushing): Promise<PushVerdict> {
  const { caller, table, operation } = push
  const { kind, expected, condition } = operation
  const raw = await readRow(caller, table, operation.id)
  if (raw === undefined) {
    // Where rows are deleted for good, to be gone is what a delete asks for; no later reader could tell who did it.
    if (kind === 'delete' && table.deleted === undefined) return { kind: 'applied' }
    return rejected('SYNC_NOT_VISIBLE', `${table.name} has no such row for this user`)
  }
  const row = own(push, raw)
  if (row?.kind === 'tombstone') return kind === 'delete' ? applied(row) : conflict(row)
  if (row === undefined || (expected !== null && row.revision !== expected)) return conflict(row)
  if (condition && !matches(condition, row.record)) {
    return rejected('SYNC_CONDITION_FAILED', 'the condition does not hold', row)
  }
  return rejected('SYNC_FORBIDDEN', `the policies of ${table.name} let this user read the row, but not write it`, row)
}

async function update(push: Pushing): Promise<PushVerdict> {
  const { caller, table, operation } = push
  const { expected } = operation
  if (wordsOf(push) === false) return explained(push)
  const columns = columnsOf(push)
  // An update of no column at all would never reach the table.
  const fields = Object.keys(columns).length > 0 ? columns : { [table.id]: operation.id }
  const raw = await written(push, 'PATCH', narrowed(push, queriesOf(caller, table).update(fields)))
  if (raw === undefined) return explained(push)
  const row = own(push, raw)
  if (expected !== null && row?.revision === expected) push.standsStill()
  return applied(row)
}

async function remove(push: Pushing): Promise<PushVerdict> {
  const { caller, table, operation } = push
  const { expected } = operation
  if (wordsOf(push) === false) return explained(push)
  const queries = queriesOf(caller, table)
  const { deleted } = table
  const query = deleted === undefined ? queries.delete() : queries.update({ [deleted]: true })
  const raw = await written(push, deleted === undefined ? 'DELETE' : 'PATCH', narrowed(push, query))
  if (raw === undefined) return explained(push)
  if (deleted === undefined) return { kind: 'applied' }
  const row = own(push, raw)
  if (expected !== null && row?.revision === expected) push.standsStill()
  return applied(row)
}

/** Puts a record in the place of a tombstone, unless somebody else has just done so. Columns it lacks become null. */
async function revive(push: Pushing, buried: JsonObject, tombstone: RemoteRow): Promise<PushVerdict> {
  const { caller, table, operation } = push
  const column = revisionColumn(table)
  const empty = Object.keys(buried).flatMap((name) =>
    table.hidden.has(name) || name === table.id ? [] : [[name, null]],
  )
  const fields = { ...Object.fromEntries(empty), ...columnsOf(push), [table.deleted ?? '']: false }
  const query = queriesOf(caller, table).update(fields)
  const raw = await written(push, 'PATCH', query.eq(table.id, operation.id).eq(column, tombstone.revision ?? ''))
  if (raw !== undefined) return applied(own(push, raw))
  return conflict(own(push, await readRow(caller, table, operation.id)))
}

/** A create that broke a unique constraint: the id is in use, by a row of this user or another's, or it is another column. */
async function taken(push: Pushing, refusal: WireError): Promise<PushVerdict> {
  const { caller, table, operation } = push
  const raw = await readRow(caller, table, operation.id)
  if (raw === undefined) {
    // The default name of a primary key. Row level security hides the columns of the constraint, but not its name.
    const byKey = refusal.message.includes(`"${table.name}_pkey"`)
    return byKey
      ? rejected('SYNC_ID_TAKEN', `${table.name} has a row of somebody else with this id`)
      : verdictOf(refusal)
  }
  const row = own(push, raw)
  return row?.kind === 'tombstone' ? revive(push, raw, row) : conflict(row)
}

async function create(push: Pushing): Promise<PushVerdict> {
  const { caller, table, operation } = push
  const fields = { ...columnsOf(push), [table.id]: operation.id }
  try {
    return applied(own(push, await written(push, 'POST', queriesOf(caller, table).insert(fields))))
  } catch (thrown) {
    if (thrown instanceof WireError && thrown.details['sqlstate'] === '23505') return taken(push, thrown)
    throw thrown
  }
}

const writers = { create, update, delete: remove } as const

/** The verdict on one operation. @throws WireError where its outcome is unknown */
export async function pushOne(push: Pushing): Promise<PushVerdict> {
  const flaw = flawOf(push)
  if (flaw) return flaw
  try {
    return await writers[push.operation.kind](push)
  } catch (thrown) {
    if (thrown instanceof WireError && thrown.effect === 'none') return verdictOf(thrown)
    throw thrown
  }
}
