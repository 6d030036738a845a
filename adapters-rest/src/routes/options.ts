import type { JsonObject } from '@rowkeep/kernel'
import { checkedFields, type Fields } from '@rowkeep/kernel/adapters'
import { invalid, mustBeFunction, mustKnow } from '../options.ts'
import { type Addresses, addressesOf } from './addresses.ts'
import { mustBeText } from './checks.ts'
import type { FeedRoute, WriteRoute } from './route.ts'
import type { RecordForms } from './row-codec.ts'
import type { Session } from './session.ts'

/** Where a collection is at the server, and how its rows are written there. */
export interface PlainCollection {
  /** The list, below the adapter's `url`, for example `/tasks`. */
  readonly path: string
  /** One item: a template with `{id}`, percent-encoded, in a segment or in the query. Default `<path>/{id}`. */
  readonly item?: string
  /** Field of a row that holds its key: text, or a number, which becomes text. Default `id`. */
  readonly key?: string
  /**
   * What fields of the record hold that JSON has no type for: dates, numbers beyond 2^53, decimals, bytes. Text on the device and
   * on the wire, which is checked both ways; where the server has another form, `decode` and `encode` make the text. Default none.
   */
  readonly fields?: Fields
  /** Makes the record of a row. Default: the row without its version, stamp and mark of deletion, its key as text. */
  readonly decode?: (row: JsonObject) => JsonObject
  /** Makes of a record the body of a PUT. Default: the record as it is. */
  readonly encode?: (record: JsonObject) => JsonObject
}

/** What {@link plainRoutes} takes. */
export interface PlainOptions {
  /** By the names that the client uses. */
  readonly collections: Readonly<Record<string, PlainCollection>>
  /** How rows come down: `changesSince()` or `listing()`. Default `listing()`. */
  readonly feed?: FeedRoute
  /** How writes go up: `ifMatch()` or `overwrite()`. `undefined`: the server is read only, and every write is refused. */
  readonly writes?: WriteRoute
  /**
   * The credentials of the moment and whose they are, asked for each request in the place of the adapter's `token`: a server
   * that does not know the client cannot tell that a token is somebody else's, so it is found out here, before anything is sent.
   */
  readonly session?: () => Session | Promise<Session>
  /** A header that names the user, percent-encoded, for a server that compares it with the token. Then `token` will do. */
  readonly userHeader?: string
}

/** A collection, checked. */
export interface Known {
  readonly addresses: Addresses
  readonly key: string
  readonly forms: RecordForms
  readonly fields: Fields
}

function knownCollection(name: string, collection: PlainCollection): Known {
  mustKnow(`collections.${name}`, collection, ['path', 'item', 'key', 'fields', 'decode', 'encode'])
  const { path, item, key = 'id', fields, decode, encode } = collection
  mustBeText(`collections.${name}`, collection, ['key'])
  mustBeFunction(`collections.${name}.decode`, decode, '(row) => ({ id: row.uuid, title: row.name })')
  mustBeFunction(`collections.${name}.encode`, encode, '(record) => ({ uuid: record.id, name: record.title })')
  const codecs = checkedFields(`restAdapter: collections.${name}.fields`, fields)
  return { addresses: addressesOf(name, path, item), key, forms: { decode, encode }, fields: codecs }
}

function mustBeRoute(name: string, value: unknown, method: string, example: string): void {
  if (value === undefined || method in Object(value)) return
  throw invalid(`plainRoutes: ${name} must be a value like ${example}`)
}

/** The collections by name. @throws SyncError `SYNC_CONFIG_INVALID` naming the option that is wrong */
export function checkedCollections(options: PlainOptions): ReadonlyMap<string, Known> {
  mustKnow('plainRoutes', options, ['collections', 'feed', 'writes', 'session', 'userHeader'])
  const { collections, feed, writes, session, userHeader } = options
  mustBeRoute('feed', feed, 'pull', 'changesSince()')
  mustBeRoute('writes', writes, 'write', 'ifMatch()')
  mustBeFunction('session', session, '() => ({ user: session.user, token: session.token })')
  if (userHeader !== undefined && !/^[\w-]+$/.test(userHeader)) throw invalid('userHeader must be the name of a header')
  const entries = Object.entries(collections ?? {})
  if (entries.length === 0) throw invalid('collections must name at least one, like { tasks: { path: "/tasks" } }')
  return new Map(entries.map(([name, collection]) => [name, knownCollection(name, collection)]))
}
