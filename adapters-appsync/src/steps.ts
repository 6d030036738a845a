import type { FieldChange, Json, JsonObject, PushOperation, PushVerdict } from '@rowkeep/kernel'
import { inputOf, type Row } from './codec.ts'
import type { Mutation } from './documents.ts'
import { marksAfter } from './marks.ts'
import type { Model } from './model.ts'
import { behind, rejected } from './verdicts.ts'

/** What is known of a row: as it is; `absent`; or `hidden`: it is there, and another user's. */
export type Seen = Row | 'absent' | 'hidden'

/** A mutation to send for one version of the row; 0 where there is none yet. */
export interface Write {
  readonly mutation: Mutation
  readonly version: number
  readonly input: JsonObject
}

/** What to do next. */
export type Step = Write | PushVerdict

/** Whether a step, or what a refusal led to, is the end. */
export const isVerdict = (value: Step | Seen): value is PushVerdict => typeof value === 'object' && 'kind' in value

const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : [])

/** Fields to set, with relative changes worked out on the record they are for. */
function fieldsOf({ set = {}, unset = [], increment = {}, append = {} }: FieldChange, record: JsonObject): JsonObject {
  const now = new Map(Object.entries(record))
  return Object.fromEntries([
    ...Object.entries(set),
    ...unset.map((field) => [field, null] as const),
    ...Object.entries(increment).map(([field, by]) => [field, Number(now.get(field) ?? 0) + by] as const),
    ...Object.entries(append).map(([field, items]) => [field, [...listOf(now.get(field)), ...items]] as const),
  ])
}

const withoutId = (fields: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(fields).filter(([field]) => field !== 'id'))

function updateOf(
  { id, opId }: PushOperation,
  model: Model,
  fields: JsonObject,
  { version, marks }: Pick<Row, 'version' | 'marks'>,
): Write {
  const input = { ...inputOf(withoutId(fields), model), id, _version: version, _m: marksAfter(marks, opId) }
  return { mutation: 'update', version, input }
}

/** A create over a deleted row: an update of the tombstone, which still holds the fields of its first life. */
function revivalOf(operation: PushOperation, model: Model, tombstone: Row): Write {
  const empty = Object.fromEntries(model.fields.map((field) => [field, null]))
  return updateOf(operation, model, { ...empty, ...operation.change.set }, tombstone)
}

function creationOf({ id, opId, change }: PushOperation, model: Model): Write {
  const input = { ...inputOf(withoutId(change.set ?? {}), model), id, _m: [opId] }
  return { mutation: 'create', version: 0, input }
}

const deletionOf = (id: string, version: number): Write => ({
  mutation: 'delete',
  version,
  input: { id, _version: version },
})

/**
 * The first step, where it can be taken without reading the row. `marksOf` gives the marker list of a version that was seen.
 */
export function firstStep(
  operation: PushOperation,
  model: Model,
  marksOf: (revision: string) => Row['marks'] | undefined,
): Step | undefined {
  const { kind, id, expected, change } = operation
  if (kind === 'create') return creationOf(operation, model)
  if (expected === null) return undefined
  const version = Number(expected)
  if (kind === 'delete') return deletionOf(id, version)
  const marks = marksOf(expected)
  if (marks === undefined || change.increment !== undefined || change.append !== undefined) return undefined
  return updateOf(operation, model, fieldsOf(change, {}), { version, marks })
}

function onAbsent(operation: PushOperation, model: Model): Step {
  if (operation.kind === 'create') return creationOf(operation, model)
  return operation.kind === 'delete'
    ? { kind: 'applied' }
    : rejected('SYNC_NOT_VISIBLE', `there is no ${model.name} ${operation.id}`)
}

function onTombstone(operation: PushOperation, model: Model, seen: Row): Step {
  if (operation.kind === 'create') return revivalOf(operation, model, seen)
  // A delete cannot carry a marker; that the row is deleted is what it wanted, whoever did it.
  return { kind: operation.kind === 'delete' ? 'applied' : 'conflict', row: seen.row }
}

function onRecord(operation: PushOperation, model: Model, seen: Row): Step {
  const { kind, id, expected, change, resend } = operation
  const { row, version } = seen
  if (kind === 'create' || (expected !== null && expected !== row.revision)) return { kind: 'conflict', row }
  if (kind === 'update')
    return updateOf(operation, model, fieldsOf(change, row.kind === 'record' ? row.record : {}), seen)
  // An unchecked delete sent again may have met its row, and this be a row that was brought back since.
  return expected === null && resend ? { kind: 'conflict', row } : deletionOf(id, version)
}

/** The next step on the row as it is; a verdict where the row says how the operation has ended. */
export function nextStep(operation: PushOperation, model: Model, seen: Seen): Step {
  if (seen === 'absent') return onAbsent(operation, model)
  if (seen === 'hidden') {
    const code = operation.kind === 'create' ? 'SYNC_ID_TAKEN' : 'SYNC_FORBIDDEN'
    return rejected(code, `${model.name} ${operation.id} is another user's`)
  }
  if (seen.marks.includes(operation.opId)) return { kind: 'applied', row: seen.row }
  if (operation.expected !== null && seen.version < Number(operation.expected)) return behind
  return seen.deleted ? onTombstone(operation, model, seen) : onRecord(operation, model, seen)
}
