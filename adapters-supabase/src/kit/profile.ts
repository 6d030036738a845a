import {
  askOf,
  capabilitiesWith,
  defaultLimits,
  digestAskOf,
  isSame,
  pageOf,
  queryAskOf,
  schemaName,
} from '@rowkeep/adapters-rest/postgres/kit'
import type { Feed, PushOperation, PushRequest, PushVerdict, RemoteLimits, RowHead } from '@rowkeep/kernel'
import { type Fields, fieldsIn } from '@rowkeep/kernel/adapters'
import { verdictOf, WireError } from '../errors.ts'
import { bytesOf } from '../json.ts'
import { limitsWith, mustKnow } from '../options.ts'
import type { Profile } from '../profile.ts'
import type { Caller } from '../requests.ts'
import { storableFlaw } from '../storable.ts'
import { answerOf, countOf, operationsOf, rowsOf, verdictsOf } from './codec.ts'

/** What {@link syncKit} takes. */
export interface KitOptions {
  /** The name the kit was set up under. Default `rowkeep`. */
  readonly name?: string
  /** By collection, what its fields hold that JSON has no type for; the kit keeps the texts as they are. Default none. */
  readonly collections?: Readonly<Record<string, { readonly fields?: Fields }>>
  /** Where the kit was set up with other limits, or is purged at other ages: after 30 days, and operations after 90. */
  readonly limits?: Partial<RemoteLimits>
}

/** Why an operation is not sent; `undefined`: it is. A gateway that refused it would say nothing of its neighbours. */
function flawOf(operation: PushOperation, { recordBytes }: RemoteLimits): PushVerdict | undefined {
  const { record } = operation
  if (record === null || bytesOf(record) <= recordBytes) return storableFlaw(operation)
  return { kind: 'rejected', error: { code: 'SYNC_TOO_LARGE', message: 'the record is too large' } }
}

const aborted: PushVerdict = { kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_GROUP_ABORTED' } }

/**
 * The verdict on each operation of a request that was refused as a whole. One of several may be what it was refused for: by this
 * verdict the kernel sends fewer at once, until that one stands alone.
 */
function verdictOfAll(refusal: WireError, { operations, atomic }: PushRequest): PushVerdict {
  const verdict = verdictOf(refusal)
  const { code, failure } = refusal
  const isForOne = code === 'SYNC_REJECTED' || code === 'SYNC_TOO_LARGE'
  if (!isForOne || atomic || operations.length === 1) return verdict
  return { kind: 'retry', outcome: 'unapplied', error: { ...failure, code: 'SYNC_TOO_LARGE' } }
}

const setupOf = (name: string): string =>
  `the project lacks the sync kit: run the SQL that npx @rowkeep/adapters-supabase kit${name === 'rowkeep' ? '' : ` --name=${name}`} prints`

async function sendAll(name: string, request: PushRequest, caller: Caller): Promise<readonly PushVerdict[]> {
  const parameters = { p_user: caller.context.user, p_operations: operationsOf(request), p_atomic: request.atomic }
  try {
    const query = caller.client.rpc(`${name}_push`, parameters)
    return verdictsOf(
      (await caller.send({ what: `rpc ${name}_push`, writes: true, setup: setupOf(name), query })).data,
      request,
    )
  } catch (thrown) {
    if (!(thrown instanceof WireError) || thrown.effect !== 'none') throw thrown
    const verdict = verdictOfAll(thrown, request)
    return request.operations.map(() => verdict)
  }
}

/** Sends what may be sent. */
async function push(
  name: string,
  request: PushRequest,
  limits: RemoteLimits,
  caller: Caller,
): Promise<readonly PushVerdict[]> {
  const { operations, atomic } = request
  const flaws = operations.map((operation) => flawOf(operation, limits))
  const fitting = operations.filter((_, index) => flaws[index] === undefined)
  if (fitting.length === operations.length) return sendAll(name, request, caller)
  if (atomic) return flaws.map((flaw) => flaw ?? aborted)
  const verdicts = fitting.length === 0 ? [] : [...(await sendAll(name, { operations: fitting, atomic }, caller))]
  return flaws.map((flaw) => flaw ?? verdicts.shift() ?? aborted)
}

/** What a function of the kit that reads answers. */
async function ask(
  kit: string,
  part: 'pull' | 'query',
  { client, context, send }: Caller,
  asked: object,
): Promise<unknown> {
  const name = `${kit}_${part}`
  const query = client.rpc(name, { p_user: context.user, p_ask: asked })
  return (await send({ what: `rpc ${name}`, writes: false, setup: setupOf(kit), query })).data
}

/** Whether the kit has the rows in these versions. One that was set up before it knew the question answers a page. */
async function same(name: string, feed: Feed, rows: Iterable<RowHead>, caller: Caller): Promise<boolean> {
  const asked = digestAskOf(feed)
  return !asked || isSame(rows, () => ask(name, 'pull', caller, asked))
}

/** The profile of the sync kit. */
export type KitProfile = Profile & Required<Pick<Profile, 'same'>>

/**
 * Rows in the sync kit: one schema of the project's database, reached by three functions. Atomic requests over several
 * collections, a gap-free feed with tombstones and evictions, and a log that recognises resends.
 * `npx @rowkeep/adapters-supabase kit` prints what to run once.
 * @throws SyncError `SYNC_CONFIG_INVALID` naming the option that is wrong
 */
export function syncKit(options: KitOptions = {}): KitProfile {
  mustKnow('syncKit', options, ['name', 'collections', 'limits'])
  const name = schemaName(options.name ?? 'rowkeep')
  const limits = limitsWith('syncKit', { ...options.limits }, defaultLimits)
  return {
    fields: fieldsIn('syncKit: collections', options.collections),
    kept: { as: 'text', digits: 9 },
    name: 'supabase',
    capabilities: capabilitiesWith(limits),
    async pull(request, caller) {
      const asked = askOf({ ...request, limit: Math.min(request.limit, limits.pageRows) })
      return pageOf(answerOf(await ask(name, 'pull', caller, asked), request), asked.at)
    },
    push: (request, caller) => push(name, request, limits, caller),
    async query(request, caller) {
      return rowsOf(await ask(name, 'query', caller, queryAskOf(request)), request)
    },
    async count({ collection, filter }, caller) {
      return countOf(await ask(name, 'query', caller, queryAskOf({ collection, ...(filter ? { filter } : {}) })))
    },
    same: (feed, rows, caller) => same(name, feed, rows, caller),
    sourceOf: (_, user) => ({ kind: 'broadcast', topic: `${name}:${user}` }),
    close: () => undefined,
  }
}
