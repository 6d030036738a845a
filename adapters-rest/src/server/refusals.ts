import { type Failure, type PushOperation, type PushRequest, type PushVerdict, SyncError } from '@rowkeep/kernel'
import type { ServerLimits } from './limits.ts'
import type { SyncStorage } from './storage.ts'

const idBytes = 512

const bytesOf = (text: string): number => new TextEncoder().encode(text).length

const jsonBytes = (value: unknown): number => bytesOf(JSON.stringify(value))

/** What of an operation needs no storage to be refused; `undefined`: nothing. */
function refusalOf(operation: PushOperation, collections: ReadonlySet<string>, most: number): Failure | undefined {
  const { collection, id, record, change } = operation
  if (!collections.has(collection)) {
    return { code: 'SYNC_REJECTED', message: 'this server has no such collection', details: { field: 'collection' } }
  }
  if (id === '' || bytesOf(id) > idBytes) {
    return { code: 'SYNC_REJECTED', message: `an id has 1 to ${idBytes} bytes`, details: { field: 'id' } }
  }
  if (jsonBytes(record) <= most && jsonBytes(change) <= most) return undefined
  return { code: 'SYNC_TOO_LARGE', message: `a record has at most ${most} bytes`, details: { recordBytes: most } }
}

const unapplied: PushVerdict = { kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_GROUP_ABORTED' } }

async function pushed(
  storage: SyncStorage,
  user: string,
  request: PushRequest,
): Promise<IterableIterator<PushVerdict>> {
  if (request.operations.length === 0) return [].values()
  const verdicts = await storage.push(user, request)
  // One too few would shift every verdict after it to another operation.
  if (verdicts.length === request.operations.length) return verdicts.values()
  throw new SyncError('SYNC_STORE_FAILED', { message: 'the storage gave a wrong number of verdicts' })
}

/** Pushes what is not refused at sight, and puts the verdicts of both together in the order of the request. */
export async function pushPermitted(
  storage: SyncStorage,
  user: string,
  { operations, atomic }: PushRequest,
  { collections, limits }: { readonly collections: ReadonlySet<string>; readonly limits: ServerLimits },
): Promise<readonly PushVerdict[]> {
  const refused = operations.map((operation): PushVerdict | undefined => {
    const error = refusalOf(operation, collections, limits.recordBytes)
    return error && { kind: 'rejected', error }
  })
  const permitted = operations.filter((_, index) => refused[index] === undefined)
  if (atomic && permitted.length < operations.length) return refused.map((verdict) => verdict ?? unapplied)
  const rest = await pushed(storage, user, { operations: permitted, atomic })
  return refused.map((verdict) => verdict ?? (rest.next().value as PushVerdict))
}
