import { type CallContext, type PushRequest, type PushVerdict, type RemoteAdapter, SyncError } from '@rowkeep/kernel'
import { withFields } from '@rowkeep/kernel/adapters'
import { userOf } from '../credentials.ts'
import { invalid, keptAsText, limitsOf, type RestOptions, type Routes } from '../options.ts'
import type { Server } from '../requests.ts'
import { capabilitiesOf, plainLimits } from './capabilities.ts'
import { listing } from './feeds/listing.ts'
import { checkedCollections, type Known, type PlainOptions } from './options.ts'
import type { FeedRoute, Place, WriteRoute } from './route.ts'
import { rowCodec } from './row-codec.ts'
import { tokenOfSession } from './session.ts'
import { slotsOf } from './slots.ts'
import { pushAll } from './writes/push.ts'

function mustKnowWhose({ token }: RestOptions, { session, userHeader }: PlainOptions): void {
  if (token === undefined) return
  if (session !== undefined) throw invalid('token and session are both given: session() gives the token too')
  if (userHeader === undefined) {
    throw invalid(
      'nobody could tell whose token it is: give plainRoutes({ session: () => ({ user, token }) }) in the place of token, or userHeader if the server compares it',
    )
  }
}

const refuseAll = ({ operations }: PushRequest): readonly PushVerdict[] =>
  operations.map(() => ({
    kind: 'rejected',
    error: { code: 'SYNC_UNSUPPORTED', message: 'this server is read only: plainRoutes({ writes }) was not given' },
  }))

/** Finds a collection's place for one call. */
function placesOf(
  server: Server,
  options: PlainOptions,
  known: ReadonlyMap<string, Known>,
  feed: FeedRoute,
  idBytes: number,
): (name: string, context: CallContext) => Place {
  const { writes, session, userHeader } = options
  const ordered = writes?.can.revisions === 'ordered'
  const marksOf = ({ key }: Known) => ({
    ...{ key, ordered, idBytes },
    ...{ revision: writes?.revision, stamp: feed.stamp, deleted: feed.deleted },
  })
  const codecs = new Map([...known].map(([name, one]) => [name, rowCodec(name, marksOf(one), one.forms)]))
  return (collection, context) => {
    const found = known.get(collection)
    const codec = codecs.get(collection)
    if (found === undefined || codec === undefined) {
      throw new SyncError('SYNC_CONFIG_INVALID', { message: `plainRoutes: collections has no "${collection}"` })
    }
    return {
      collection,
      server: session === undefined ? server : { ...server, token: tokenOfSession(session, context) },
      addresses: found.addresses,
      epoch: server.url + found.addresses.list({}),
      codec,
      writable: writes !== undefined,
      headers: userHeader === undefined ? {} : { [userHeader]: userOf(context.user) },
      context,
    }
  }
}

function onlyCollection({ collections }: { readonly collections: readonly string[] }): string {
  const [name, ...more] = collections
  if (name !== undefined && more.length === 0) return name
  throw new SyncError('SYNC_UNSUPPORTED', { message: 'a feed of these routes has one collection' })
}

function plainAdapter(server: Server, adapterOptions: RestOptions, options: PlainOptions): RemoteAdapter {
  const known = checkedCollections(options)
  mustKnowWhose(adapterOptions, options)
  const { feed = listing() } = options
  const writes: WriteRoute | undefined = options.writes
  const limits = limitsOf(adapterOptions, { ...plainLimits, pageRows: feed.pageRows })
  const placeOf = placesOf(server, options, known, feed, limits.idBytes)
  // The kernel makes several calls at a time, and each of them several requests.
  const inSlot = slotsOf(limits.parallel)
  const adapter: RemoteAdapter = {
    name: 'rest',
    capabilities: capabilitiesOf(feed, writes, limits),
    pull: async (request, context) => {
      const place = placeOf(onlyCollection(request.feed), context)
      return { ...(await feed.pull(place, request)), epoch: place.epoch }
    },
    push: async (request, context) => {
      if (writes === undefined) return refuseAll(request)
      return pushAll(writes, ({ collection }) => placeOf(collection, context), request, limits.parallel, inSlot)
    },
  }
  return withFields(adapter, Object.fromEntries([...known].map(([name, { fields }]) => [name, fields])), keptAsText)
}

/**
 * Describes a server that does not speak the sync wire: a list for each collection, an item for each row, JSON. Give it to
 * `restAdapter({ url, routes })`. What the adapter can do is computed from the values given here, and no more is declared.
 * @throws SyncError `SYNC_CONFIG_INVALID`, when the adapter is made, naming the option that is wrong
 */
export const plainRoutes =
  (options: PlainOptions): Routes =>
  (server, adapterOptions) =>
    plainAdapter(server, adapterOptions, options)
