import type { Filter, JsonObject, PushOperation, PushRequest, PushVerdict, RemoteRow } from '@rowkeep/kernel'
import { matches } from '@rowkeep/kernel/adapters'
import { type Account, copyOf, isLive, keyOf, type ModelRow, remoteRow, replaceBy, revisionOf } from './account.ts'
import type { ModelClock } from './model-clock.ts'
import type { Profile } from './profile.ts'

/** What a push works on. */
export interface PushWorld {
  readonly account: Account
  readonly clock: ModelClock
  readonly profile: Profile
  /** Ids no user may write. */
  readonly forbidden: ReadonlySet<string>
}

const digestOf = ({ kind, collection, id, expected, change, condition }: PushOperation): string =>
  JSON.stringify([kind, collection, id, expected, change, condition ?? null])

const bytesOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length

function changed(before: JsonObject, operation: PushOperation, profile: Profile): JsonObject {
  const { set = {}, unset = [], increment = {}, append = {} } = operation.change
  if (profile.capabilities.idempotency === 'natural') return operation.record ?? {}
  const fields = new Map(Object.entries(before))
  for (const [field, value] of Object.entries(set)) fields.set(field, value)
  for (const field of unset) fields.delete(field)
  for (const [field, by] of Object.entries(increment)) fields.set(field, Number(fields.get(field) ?? 0) + by)
  for (const [field, items] of Object.entries(append)) {
    const list = fields.get(field)
    fields.set(field, [...(Array.isArray(list) ? list : []), ...items])
  }
  return Object.fromEntries(fields)
}

function effect({ account, clock, profile }: PushWorld, operation: PushOperation, row: ModelRow | undefined): ModelRow {
  const { collection, id, kind, opId } = operation
  const record = kind === 'delete' ? null : changed(kind === 'update' ? (row?.record ?? {}) : {}, operation, profile)
  const revision = (row?.revision ?? 0) + 1
  const contains = [...(row?.contains ?? []), opId].slice(-8)
  const next: ModelRow = { collection, id, record, revision, at: clock.tick(), evicted: false, contains }
  account.rows.set(keyOf(collection, id), next)
  account.log.set(opId, digestOf(operation))
  return next
}

/** The verdict on an operation whose id is known; `undefined`: it is new. */
function replayed(world: PushWorld, operation: PushOperation, row: ModelRow | undefined): PushVerdict | undefined {
  const { account, profile } = world
  const { capabilities, defect } = profile
  if (defect === 'over-declared-log' || (defect === 'effect-twice' && operation.change.increment)) return undefined
  const known = row ? { row: remoteRow(row, profile) } : {}
  if (capabilities.idempotency === 'marker')
    return row?.contains.includes(operation.opId) ? { kind: 'applied', ...known } : undefined
  const digest = capabilities.idempotency === 'log' ? account.log.get(operation.opId) : undefined
  if (digest === undefined) return undefined
  if (digest !== digestOf(operation) && defect !== 'id-reuse-swallowed')
    return { kind: 'rejected', error: { code: 'SYNC_ID_REUSED' } }
  return { kind: 'applied', ...known }
}

/** The verdict on a write made for a version that is not the newest; `undefined`: it is, or the remote does not compare. */
function conflicting(profile: Profile, operation: PushOperation, row: ModelRow | undefined): PushVerdict | undefined {
  const known = shownRow(profile, row)
  if (operation.kind === 'create') return isLive(row) ? { kind: 'conflict', ...known } : undefined
  if (!row || row.evicted) return { kind: 'rejected', error: { code: 'SYNC_NOT_VISIBLE' } }
  const stale = operation.expected !== null && operation.expected !== revisionOf(row, profile)
  if (stale && isLive(row) && profile.defect === 'conflict-answered-applied') return { kind: 'applied', ...known }
  return stale || !isLive(row) ? { kind: 'conflict', ...known } : undefined
}

const shownRow = (profile: Profile, row: ModelRow | undefined): { row?: RemoteRow } =>
  row && !row.evicted ? { row: remoteRow(row, profile) } : {}

/** The kernel's matcher; or that of a backend that takes a prefix for a LIKE pattern, or has a type for numbers. */
function meets(record: JsonObject, condition: Filter, defect: Profile['defect']): boolean {
  if (defect === 'compared-as-numbers') return meetsAsNumbers(record, condition)
  const lax = defect === 'over-declared-operator' && 'is' in condition && condition.is === 'startsWith'
  if (!lax) return matches(condition, record)
  const [value, prefix] = [record[condition.field], condition.value]
  return typeof value === 'string' && typeof prefix === 'string' && value.includes(prefix.replaceAll('%', ''))
}

function meetsAsNumbers(record: JsonObject, condition: Filter): boolean {
  const isNumber = 'field' in condition && ['serial', 'price'].includes(condition.field)
  if (!isNumber || Array.isArray(condition.value)) return matches(condition, record)
  const value = Number(record[condition.field])
  return matches({ ...condition, value: Number(condition.value) }, { [condition.field]: value })
}

/** The verdict on an operation that cannot have its effect; `undefined`: it can. */
function refused(world: PushWorld, operation: PushOperation, row: ModelRow | undefined): PushVerdict | undefined {
  const { capabilities, defect } = world.profile
  if (world.forbidden.has(operation.id)) return { kind: 'rejected', error: { code: 'SYNC_FORBIDDEN' } }
  if (bytesOf(operation.record) > capabilities.limits.recordBytes)
    return { kind: 'rejected', error: { code: 'SYNC_TOO_LARGE' } }
  if (capabilities.conditional === 'none') return undefined
  const verdict = conflicting(world.profile, operation, row)
  if (verdict || !operation.condition || defect === 'condition-ignored') return verdict
  if (meets(row?.record ?? {}, operation.condition, defect)) return undefined
  return { kind: 'rejected', error: { code: 'SYNC_CONDITION_FAILED' }, ...shownRow(world.profile, row) }
}

function pushOne(world: PushWorld, operation: PushOperation): PushVerdict {
  const row = world.account.rows.get(keyOf(operation.collection, operation.id))
  const verdict = replayed(world, operation, row) ?? refused(world, operation, row)
  if (
    verdict?.kind === 'conflict' &&
    operation.kind !== 'create' &&
    isLive(row) &&
    world.profile.defect === 'conflict-overwrites'
  )
    effect(world, operation, row)
  if (verdict) return verdict
  const next = effect(world, operation, row)
  return { kind: 'applied', row: remoteRow(next, world.profile) }
}

/** One push request of one user. */
export function modelPush(world: PushWorld, { operations, atomic }: PushRequest): readonly PushVerdict[] {
  if (!atomic) return operations.map((one) => pushOne(world, one))
  const account = world.profile.defect === 'half-applied-group' ? world.account : copyOf(world.account)
  const verdicts = operations.map((one) => pushOne({ ...world, account }, one))
  if (verdicts.every(({ kind }) => kind === 'applied')) {
    replaceBy(world.account, account)
    return verdicts
  }
  const aborted: PushVerdict = { kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_GROUP_ABORTED' } }
  return verdicts.map((verdict) => (verdict.kind === 'applied' ? aborted : verdict))
}
