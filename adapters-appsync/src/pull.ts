import type { CallContext, JsonObject, PullPage, PullRequest, RemoteChange } from '@rowkeep/kernel'
import { itemOf, type Row, unreadable } from './codec.ts'
import { conditionOf, Untranslatable } from './conditions.ts'
import { cursorOf, type Position, positionOf } from './cursor.ts'
import { protocolError, unsentError, WireError } from './failure.ts'
import { isObject } from './json.ts'
import type { Model } from './model.ts'
import type { Remote } from './remote.ts'
import { ask } from './requests.ts'

/** A page as `syncX` answers it. */
interface Synced {
  readonly items: readonly unknown[]
  readonly nextToken: string | null
  readonly startedAt: number
}

function syncedOf(raw: unknown, field: string): Synced {
  if (!isObject(raw)) throw protocolError(`${field}: the answer holds no page`)
  const { items, nextToken = null, startedAt } = raw
  if (!Array.isArray(items)) throw protocolError(`${field}: items must be a list`)
  if (nextToken !== null && typeof nextToken !== 'string')
    throw protocolError(`${field}: nextToken must be text or null`)
  if (!Number.isSafeInteger(startedAt)) throw protocolError(`${field}: startedAt must be a time`)
  return { items, nextToken, startedAt: startedAt as number }
}

/**
 * Filters go with a first listing only: a row that no longer matches must still arrive, or nobody would know that it left.
 * What AppSync cannot test is not asked for; the kernel leaves out what arrives and does not match.
 */
function filterOf({ feed }: PullRequest, collection: string, model: Model, position: Position): JsonObject {
  const filter = feed.filters?.[collection]
  if (filter === undefined || position.since !== null) return {}
  try {
    return { filter: conditionOf(filter, model) }
  } catch (thrown) {
    if (thrown instanceof Untranslatable) return {}
    throw thrown
  }
}

/** Rows of a page some of which break the API's own schema: AppSync leaves those out as null, and here they get their names. */
async function repaired(
  error: WireError,
  askKeys: () => Promise<unknown>,
  field: string,
  collection: string,
): Promise<{ readonly page: Synced; readonly lost: readonly RemoteChange[] }> {
  const partial = isObject(error.data) ? error.data[field] : undefined
  if (!isObject(partial) || !Array.isArray(partial['items'])) throw error
  const page = syncedOf(partial, field)
  const seen = new Set(page.items.flatMap((item) => (isObject(item) ? [item['id']] : [])))
  const lost = syncedOf(await askKeys(), field).items.flatMap((item): readonly RemoteChange[] => {
    const id = isObject(item) ? item['id'] : undefined
    return typeof id === 'string' && !seen.has(id) ? [unreadable(collection, id, error.failure.message ?? '')] : []
  })
  return { page: { ...page, items: page.items.filter((item) => item !== null) }, lost }
}

async function synced(
  remote: Remote,
  {
    collection,
    model,
    variables,
  }: { readonly collection: string; readonly model: Model; readonly variables: JsonObject },
  context: CallContext,
): Promise<{ readonly page: Synced; readonly lost: readonly RemoteChange[] }> {
  const field = `sync${model.plural}`
  const { sync, keys } = remote.documentsOf(model)
  const asked = (query: string): Promise<unknown> => ask(remote.api, { field, query, variables }, context)
  try {
    return { page: syncedOf(await asked(sync), field), lost: [] }
  } catch (thrown) {
    if (!(thrown instanceof WireError) || thrown.data === undefined) throw thrown
    return repaired(thrown, () => asked(keys), field, collection)
  }
}

const isRow = (item: Row | RemoteChange): item is Row => 'marks' in item

function changeOf(item: unknown, collection: string, model: Model, remote: Remote): RemoteChange {
  const read = itemOf(item, collection, model)
  if (!isRow(read)) return read
  remote.seen.note(collection, read.row.id, String(read.version), read.marks)
  return read.row
}

/** The token of a run's middle is AppSync's own, and it may have forgotten it; then the run begins anew. */
const refusesToken = (thrown: unknown, { nextToken }: Position): boolean =>
  nextToken !== undefined &&
  thrown instanceof WireError &&
  thrown.effect === 'none' &&
  /token/i.test(thrown.message) &&
  (thrown.code === 'SYNC_PROTOCOL' || thrown.code === 'SYNC_REJECTED')

/**
 * One page of `syncX`. A run that began at a time within the life of the base table is a delta, whether AppSync answers it
 * from its delta table or by a scan, because the scan still holds every tombstone; one that began earlier is expired.
 * @throws WireError as `ask`; `SYNC_PROTOCOL` for an answer that does not fit
 */
export async function pull(remote: Remote, request: PullRequest, context: CallContext): Promise<PullPage> {
  const [collection = '', ...others] = request.feed.collections
  const model = remote.models.get(collection)
  if (!model || others.length > 0)
    throw unsentError('SYNC_UNSUPPORTED', `models names no collection ${JSON.stringify(request.feed.collections)}`)
  const epoch = `${remote.place} ${model.name}`
  const position = positionOf(epoch, request.cursor)
  if (position === undefined) return { kind: 'expired', epoch }
  const variables: JsonObject = {
    limit: Math.min(request.limit, 1000),
    nextToken: position.nextToken ?? null,
    lastSync: position.since,
    ...filterOf(request, collection, model, position),
  }
  try {
    const { page, lost } = await synced(remote, { collection, model, variables }, context)
    return pageOf(remote, epoch, position, page, [
      ...page.items.map((item) => changeOf(item, collection, model, remote)),
      ...lost,
    ])
  } catch (thrown) {
    if (refusesToken(thrown, position)) return { kind: 'expired', epoch }
    throw thrown
  }
}

function pageOf(
  { baseTableTtlMs, overlapMs }: Remote,
  epoch: string,
  { since, startedAt: began }: Position,
  { nextToken, startedAt: told }: Synced,
  changes: readonly RemoteChange[],
): PullPage {
  const startedAt = began ?? told
  // Tombstones that old are gone, and with them the word of what was deleted.
  if (since !== null && startedAt - since > baseTableTtlMs) return { kind: 'expired', epoch, now: startedAt }
  // Rows are stamped before they can be read: those of the last moments may come after this run with a stamp from before it.
  const cursor =
    nextToken === null
      ? cursorOf(epoch, { since: startedAt - overlapMs })
      : cursorOf(epoch, { since, startedAt, nextToken })
  return {
    kind: since === null ? 'snapshot' : 'delta',
    changes,
    cursor,
    more: nextToken !== null,
    epoch,
    now: startedAt,
  }
}
