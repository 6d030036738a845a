import {
  type CallContext,
  type DigestRemote,
  isSyncError,
  type LiveRemote,
  type PullPage,
  type PullRequest,
  type PushRequest,
  type PushVerdict,
  type QueryableRemote,
  type RefreshableRemote,
  type RemoteAdapter,
  SyncError,
} from '@rowkeep/kernel'
import { withFields } from '@rowkeep/kernel/adapters'
import { untilAborted } from './abort.ts'
import { capabilitiesWith } from './capabilities.ts'
import { countOf, pageOf, rowsOf, verdictsOf } from './codec.ts'
import { isSame } from './digest.ts'
import { verdictsOfRefusal, WireError } from './errors.ts'
import { subscribe } from './live.ts'
import {
  fieldsOf,
  keptAsText,
  limitsOf,
  mustBeFunction,
  mustKnow,
  operatorsOf,
  type RestOptions,
  type RoutedOptions,
  type Routes,
  serverOf,
} from './options.ts'
import { ask, type Server } from './requests.ts'
import { paths } from './wire.ts'

/** What {@link restAdapter} gives. Queries are there unless `operators` is empty. */
export type RestAdapter = RemoteAdapter & LiveRemote & DigestRemote & Partial<QueryableRemote>

async function pull(server: Server, request: PullRequest, idBytes: number, context: CallContext): Promise<PullPage> {
  const { value, hide } = await ask(server, { path: paths.pull, body: request }, context)
  return pageOf(value, request, idBytes, hide)
}

async function push(server: Server, request: PushRequest, context: CallContext): Promise<readonly PushVerdict[]> {
  try {
    const call = { path: paths.push, body: request, writes: true } as const
    const { value, hide } = await ask(server, call, context)
    return verdictsOf(value, request, hide)
  } catch (thrown) {
    if (thrown instanceof WireError && thrown.effect === 'none') return verdictsOfRefusal(thrown, request)
    throw thrown
  }
}

async function renewed(refresh: () => boolean | Promise<boolean>): Promise<boolean> {
  try {
    return await refresh()
  } catch (thrown) {
    if (isSyncError(thrown)) throw thrown
    // As for token(): the message of what the app threw may hold the credentials it was about.
    const what = thrown instanceof Error ? thrown.name : typeof thrown
    throw new SyncError('SYNC_NETWORK', { message: `refresh() threw ${what}` })
  }
}

/** The queries of a server, if it answers any. */
function queriesOf(server: Server, idBytes: number, operators: readonly string[]): Partial<QueryableRemote> {
  if (operators.length === 0) return {}
  const call = (body: object, context: CallContext): ReturnType<typeof ask> =>
    ask(server, { path: paths.query, body }, context)
  return {
    async query(request, context) {
      const { value, hide } = await call(request, context)
      return rowsOf(value, request, idBytes, hide)
    },
    async count({ collection, filter }, context) {
      return countOf((await call({ collection, filter, count: true }, context)).value)
    },
  }
}

const syncWire: Routes = (server, options): RestAdapter => {
  const limits = limitsOf(options)
  const operators = operatorsOf(options)
  return {
    name: 'rest',
    capabilities: capabilitiesWith(limits, operators),
    ...queriesOf(server, limits.idBytes, operators),
    pull: (request, context) => pull(server, request, limits.idBytes, context),
    push: (request, context) => push(server, request, context),
    subscribe: (feed, listener, context) => subscribe(server, feed, listener, context),
    same: (feed, rows, context) =>
      isSame(rows, async () => {
        // What a server answers with a page that does not know the question.
        const body = { feed, cursor: null, limit: 1, digest: true }
        return (await ask(server, { path: paths.pull, body }, context)).value
      }),
  }
}

/**
 * A remote for a server that speaks the REST wire of this package: `POST {url}/pull`, `POST {url}/push`, `POST {url}/query`,
 * `GET {url}/live`; with `routes`, for any other server. It keeps no queue, tries nothing twice, and holds nothing open but the live streams,
 * each until it is unsubscribed. `pull` rejects with the reason; `push` rejects only where the outcome is unknown
 * or, with `SYNC_CONFIG_INVALID`, where no write can succeed under these options, and otherwise answers one verdict per operation. The token appears in the `Authorization` header and nowhere else.
 * @throws SyncError `SYNC_CONFIG_INVALID` naming the option that is wrong
 */
export function restAdapter(
  options: RoutedOptions & Required<Pick<RestOptions, 'refresh'>>,
): RemoteAdapter & RefreshableRemote
export function restAdapter(options: RoutedOptions): RemoteAdapter
export function restAdapter(
  options: RestOptions & Required<Pick<RestOptions, 'refresh'>>,
): RestAdapter & RefreshableRemote
export function restAdapter(options: RestOptions): RestAdapter
export function restAdapter(
  options: RestOptions & Partial<RoutedOptions>,
): RemoteAdapter & Partial<LiveRemote & RefreshableRemote> {
  mustKnow('options', options, [
    'url',
    'token',
    'refresh',
    'collections',
    'operators',
    'limits',
    'responseBytes',
    'routes',
  ])
  const { refresh, routes = syncWire } = options
  mustBeFunction('routes', routes, 'plainRoutes({ ... })')
  return {
    ...withFields(routes(serverOf(options), options), fieldsOf(options), keptAsText),
    ...(refresh === undefined ? {} : { refresh: ({ signal }: CallContext) => untilAborted(renewed(refresh), signal) }),
  }
}
