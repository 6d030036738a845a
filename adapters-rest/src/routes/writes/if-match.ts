import { isSyncError, type PushOperation, type PushVerdict } from '@rowkeep/kernel'
import { mustKnow } from '../../options.ts'
import { mustBeText } from '../checks.ts'
import type { WriteRoute } from '../route.ts'
import type { Item, ItemAnswer } from './item.ts'
import { notThere } from './verdicts.ts'

/** How the server counts versions. */
export interface IfMatchOptions {
  /**
   * Field of a row that holds what the item's `ETag` holds between its quotes: text, a number, or a whole entity tag. Default
   * `version`.
   */
  readonly revision?: string
  /**
   * `ordered`: whole numbers that grow with each write of an id and go on after its deletion, so that an old row is known by
   * its version. `opaque`: anything else, a hash for example. Default `opaque`.
   */
  readonly revisions?: 'ordered' | 'opaque'
}

/** RFC 9110, 13.1: created where nothing is, else written over the version it was made for; `*` is any that stands. */
function preconditionOf({ kind, expected }: PushOperation): Readonly<Record<string, string>> {
  if (kind === 'create') return { 'if-none-match': '*' }
  return { 'if-match': expected === null ? '*' : `"${expected}"` }
}

const stuck: PushVerdict = {
  kind: 'retry',
  outcome: 'unapplied',
  error: {
    code: 'SYNC_PROTOCOL',
    message:
      'the server refused If-Match for the version it shows: its ETags must be strong, and hold the revision field',
  },
}

function missing({ kind }: PushOperation, { row, remembered }: ItemAnswer & { kind: 'gone' }): PushVerdict {
  // Deleted is what it was to be.
  if (kind === 'delete') return { kind: 'applied', ...(row ? { row } : {}) }
  if (row !== undefined) return { kind: 'conflict', row }
  return remembered && kind === 'update' ? { kind: 'conflict' } : notThere(kind)
}

/** What stands against a write that was refused. Nothing was written, whatever comes of asking. */
async function contested(item: Item, operation: PushOperation): Promise<PushVerdict> {
  let found: ItemAnswer
  try {
    found = await item.get()
  } catch (thrown) {
    if (isSyncError(thrown)) return { kind: 'conflict' }
    throw thrown
  }
  if (found.kind === 'gone' && operation.kind === 'create' && !found.remembered) {
    const message = 'the id belongs to an item that this user does not see'
    return { kind: 'rejected', error: { code: 'SYNC_ID_TAKEN', message } }
  }
  if (found.kind === 'gone') return missing(operation, found)
  if (found.kind !== 'done' || found.row === undefined) return { kind: 'conflict' }
  const { row } = found
  const asExpected = operation.kind !== 'create' && row.kind === 'record' && row.revision === operation.expected
  return asExpected ? stuck : { kind: 'conflict', row }
}

async function write(item: Item, operation: PushOperation): Promise<PushVerdict> {
  const precondition = preconditionOf(operation)
  const { kind, record } = operation
  const answer =
    record === null || kind === 'delete' ? await item.delete(precondition) : await item.put(record, precondition)
  if (answer.kind === 'done') return { kind: 'applied', ...(answer.row ? { row: answer.row } : {}) }
  return answer.kind === 'gone' ? missing(operation, answer) : contested(item, operation)
}

/**
 * Whole records by PUT with `If-None-Match: *` or `If-Match`, deletions by DELETE with `If-Match`: a write for another version
 * than the newest is a conflict (412, or 409), and the row that stands is fetched. A write whose answer was lost shows on
 * resending as a conflict with its own value, which the kernel ends as applied.
 * @throws SyncError `SYNC_CONFIG_INVALID` naming the option that is wrong
 */
export function ifMatch(options: IfMatchOptions = {}): WriteRoute {
  mustKnow('ifMatch', options, ['revision', 'revisions'])
  const { revision = 'version', revisions = 'opaque' } = options
  mustBeText('ifMatch', options, ['revision'])
  return { revision, can: { conditional: 'cas', idempotency: 'natural', revisions }, write }
}
