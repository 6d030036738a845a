import type {
  CallContext,
  Cursor,
  Env,
  Feed,
  PullPage,
  PushOperation,
  PushVerdict,
  RemoteAdapter,
  RemoteChange,
  RemoteRow,
} from '@rowkeep/kernel'
import { ConformanceError } from '../core/conformance-error.ts'
import { expectThat, patience, resolves } from '../core/expect.ts'

/** A page that is not `expired`. */
export type Listed = Exclude<PullPage, { kind: 'expired' }>

/** The pages of one feed up to `more: false`. */
export interface Run {
  readonly pages: readonly Listed[]
  readonly changes: readonly RemoteChange[]
  /** The last page's. */
  readonly cursor: Cursor | null
}

/** What a run asks for. */
interface RunOptions {
  /** Default `null`: a snapshot. */
  readonly cursor?: Cursor | null
  readonly feed?: Feed
  /** Default: the adapter's `limits.pageRows`, at most 100. */
  readonly limit?: number
  /** Called between two pages with the pages so far. */
  readonly between?: (pages: readonly Listed[]) => Promise<void>
}

/** One device: an adapter of its own, calls with deadlines. A call that should succeed and does not fails the clause. */
export interface Remote {
  readonly adapter: RemoteAdapter
  readonly context: (change?: Partial<CallContext>) => CallContext
  pull(options?: RunOptions): Promise<PullPage>
  run(options?: RunOptions): Promise<Run>
  /** One verdict for each operation. */
  push(operations: readonly PushOperation[], atomic?: boolean): Promise<readonly PushVerdict[]>
  /** The newest version of a row of `notes` by a whole listing; `undefined`: not listed, or a tombstone. */
  current(id: string): Promise<(RemoteRow & { kind: 'record' }) | undefined>
}

/** The feed of scenarios that need only one. Its id has the form the kernel gives it. */
export const notes: Feed = { id: 'notes@0000000000000000', collections: ['notes'] }

// Far above what a run of a scenario needs; an adapter that never says `more: false` must not hang the suite.
const mostPages = 200

/** The newest change for each id that the changes tell of; rows that are only listed did not change. */
export function newest(changes: readonly RemoteChange[]): ReadonlyMap<string, RemoteChange> {
  return new Map(changes.filter(({ kind }) => kind !== 'listed').map((change) => [change.id, change]))
}

/** A device of `user`. */
export function remoteOf(adapter: RemoteAdapter, user: string, env: Env): Remote {
  const context = (change: Partial<CallContext> = {}): CallContext => ({
    user,
    signal: new AbortController().signal,
    timeoutMs: patience.callMs,
    env,
    ...change,
  })
  const pageRows = Math.min(adapter.capabilities.limits.pageRows, 100)
  const pull = ({ feed = notes, cursor = null, limit = pageRows }: RunOptions = {}): Promise<PullPage> =>
    resolves('pull()', () => adapter.pull({ feed, cursor, limit }, context()))
  const run = async (options: RunOptions = {}): Promise<Run> => {
    const pages: Listed[] = []
    let { cursor = null } = options
    while (pages.length < mostPages) {
      const page = await pull({ ...options, cursor })
      if (page.kind === 'expired') throw new ConformanceError('a cursor of this history to be good', page)
      pages.push(page)
      cursor = page.cursor
      if (!page.more) return { pages, changes: pages.flatMap(({ changes }) => changes), cursor }
      expectThat(cursor !== null, 'a page with `more: true` to carry a cursor', page)
      await options.between?.(pages)
    }
    throw new ConformanceError('a run to end with `more: false`', `${mostPages} pages without an end`)
  }
  return {
    adapter,
    context,
    pull,
    run,
    async push(operations, atomic = false) {
      const verdicts = await resolves('push()', () => adapter.push({ operations, atomic }, context()))
      expectThat(verdicts.length === operations.length, `${operations.length} verdicts`, verdicts)
      return verdicts
    },
    async current(id) {
      const change = newest((await run()).changes).get(id)
      return change?.kind === 'record' ? change : undefined
    },
  }
}
