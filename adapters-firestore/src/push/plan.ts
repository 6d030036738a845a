import {
  isSyncError,
  type JsonObject,
  type PushOperation,
  type PushVerdict,
  type RemoteRow,
  SyncError,
} from '@rowkeep/kernel'
import { failureFrom, matches } from '@rowkeep/kernel/adapters'
import { isTombstone, revisionOf, rowOf, type StoredDocument } from '../codec.ts'
import { digestOf } from '../digest.ts'
import { changed, type RecordWrite, type Target, writeOf } from './writes.ts'

/** What stands at the server for one operation; `undefined`: no such document. */
export interface Evidence {
  readonly mark: StoredDocument | undefined
  readonly record: StoredDocument | undefined
}

/** What to do with an operation next: write it, or answer for it. */
export type Plan = RecordWrite | PushVerdict

/** Whether it is a write, not an answer. */
export const isWrite = (plan: Plan): plan is RecordWrite => 'document' in plan

const nextOf = (expected: string | null): number | undefined =>
  expected !== null && /^[1-9]\d{0,14}$/.test(expected) ? Number(expected) + 1 : undefined

function guarded(plan: () => Plan): Plan {
  try {
    return plan()
  } catch (thrown) {
    if (isSyncError(thrown)) return { kind: 'rejected', error: failureFrom(thrown) }
    throw thrown
  }
}

/** The record after the operation, as the kernel has it. */
function recordAfter({ kind, record, change }: PushOperation): JsonObject {
  return record ?? (kind === 'create' ? (change.set ?? {}) : {})
}

/**
 * The write of an operation that needs no look at the server: its revision is known, and the rules refuse it where that is
 * not the next one. `undefined`: it takes a look first.
 */
export function planBlind(target: Target, recordBytes: number): Plan | undefined {
  const { operation } = target
  const { kind, expected, condition } = operation
  if (condition !== undefined) return undefined
  const revision = kind === 'create' ? 1 : nextOf(expected)
  // Without the whole record its size is not known.
  if (revision === undefined || (kind === 'update' && operation.record === null)) return undefined
  return guarded(() => writeOf(target, revision, kind === 'delete' ? null : recordAfter(operation), recordBytes))
}

const notVisible: PushVerdict = {
  kind: 'rejected',
  error: { code: 'SYNC_NOT_VISIBLE', message: 'no such record that this user may see' },
}

/** What the record has now, or why that cannot be told. */
function current({ operation, fields }: Target, record: StoredDocument): RemoteRow {
  try {
    return rowOf(record, operation.collection, operation.id, fields)
  } catch (thrown) {
    const message = `the record at the server cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`
    throw new SyncError('SYNC_REJECTED', { message })
  }
}

function planCreate(target: Target, record: StoredDocument | undefined, recordBytes: number): Plan {
  if (record && !isTombstone(record)) return { kind: 'conflict', row: current(target, record) }
  const revision = (record === undefined ? 0 : (revisionOf(record) ?? 0)) + 1
  return writeOf(target, revision, recordAfter(target.operation), recordBytes)
}

function planChange(target: Target, record: StoredDocument, recordBytes: number): Plan {
  const { operation } = target
  const { kind, expected, condition } = operation
  const row = current(target, record)
  if (row.kind === 'tombstone' || (expected !== null && row.revision !== expected)) return { kind: 'conflict', row }
  if (condition && !matches(condition, row.record))
    return { kind: 'rejected', error: { code: 'SYNC_CONDITION_FAILED' }, row }
  const after = kind === 'delete' ? null : changed(row.record, operation)
  return writeOf(target, (revisionOf(record) ?? 0) + 1, after, recordBytes)
}

/** What to do with an operation in the light of what stands at the server. */
export function planSeen(target: Target, { mark, record }: Evidence, recordBytes: number): Plan {
  const { operation } = target
  if (mark !== undefined) {
    if (mark.fields['digest'] !== digestOf(operation)) return { kind: 'rejected', error: { code: 'SYNC_ID_REUSED' } }
    return guarded(() => ({ kind: 'applied', ...(record === undefined ? {} : { row: current(target, record) }) }))
  }
  return guarded(() => {
    if (operation.kind === 'create') return planCreate(target, record, recordBytes)
    return record === undefined ? notVisible : planChange(target, record, recordBytes)
  })
}
