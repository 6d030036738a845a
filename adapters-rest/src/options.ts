import { type RemoteAdapter, type RemoteCapabilities, type RemoteLimits, SyncError } from '@rowkeep/kernel'
import { type Fields, type FieldsKept, type FieldsOf, fieldsIn } from '@rowkeep/kernel/adapters'
import { defaultLimits, kitOperators } from './capabilities.ts'
import type { TokenSource } from './credentials.ts'
import { isObject } from './json.ts'
import type { Server } from './requests.ts'

/** What {@link restAdapter} takes. */
export interface RestOptions {
  /** Where the server mounts the sync handler, absolute, for example `https://api.example.com/sync`. */
  readonly url: string
  /**
   * The bearer token (RFC 6750) of the client's user; asked for each request, so it may change. `undefined`: the server takes
   * no credentials. What it throws ends the call unsent: a `SyncError` as it is, anything else as `SYNC_AUTH_REQUIRED`.
   */
  readonly token?: TokenSource
  /**
   * Renews the credentials after a 401, so that `token` gives a good one. `false`: the user is signed out. A throw means that it
   * could not be found out, and is tried again later. `undefined`: a 401 pauses until the app starts the client again.
   */
  readonly refresh?: () => boolean | Promise<boolean>
  /**
   * By collection, what its fields hold that JSON has no type for: dates, numbers beyond 2^53, decimals, bytes. Text on the device
   * and on the wire, which is checked both ways. Default none. With `routes` they are said there.
   */
  readonly collections?: Readonly<Record<string, { readonly fields?: Fields }>>
  /**
   * Operators of queries that the server answers as the kernel's matcher does. Default: those of `syncHandler` over
   * `postgresStorage`. `[]`: the server has no `/query`. Not with `routes`.
   */
  readonly operators?: RemoteCapabilities['operators']
  /** Where the server was set up with other limits than the defaults. */
  readonly limits?: Partial<RemoteLimits>
  /** The longest answer read, bytes; a longer one fails with `SYNC_PROTOCOL`. Default 64 000 000. */
  readonly responseBytes?: number
}

/** A server that does not speak the sync wire, as `plainRoutes` of `@rowkeep/adapters-rest/routes` describes it. */
export type Routes = (server: Server, options: RestOptions) => RemoteAdapter

/** What {@link restAdapter} takes for a server that does not speak the sync wire. `limits` default to those of the routes. */
export interface RoutedOptions extends RestOptions {
  /** How that server is asked. `undefined`: by the sync wire. */
  readonly routes: Routes
}

/** Refuses an option, naming it. */
export const invalid = (message: string): SyncError =>
  new SyncError('SYNC_CONFIG_INVALID', { message: `restAdapter: ${message}` })

/**
 * Refuses options that are no object, or hold a name that is none of these, most likely misspelt.
 * @throws SyncError `SYNC_CONFIG_INVALID` with the names that there are
 */
export function mustKnow(what: string, given: unknown, names: readonly string[]): void {
  if (!isObject(given)) throw invalid(`${what} must be an object with ${names.join(', ')}`)
  const stranger = Object.keys(given).find((name) => !names.includes(name))
  if (stranger !== undefined) throw invalid(`${what} has no "${stranger}", only ${names.join(', ')}`)
}

/** The checked base URL, no slash at the end. No message quotes the URL: it may hold a password. */
function baseOf(text: unknown): string {
  if (typeof text !== 'string' || !URL.canParse(text)) {
    throw invalid(
      'url must be absolute, like https://api.example.com/sync; in a browser: new URL("/sync", location.href).href',
    )
  }
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw invalid(`url must be http or https, not ${url.protocol}`)
  if (url.username !== '' || url.password !== '') throw invalid('url must hold no user or password: use token')
  if (/[?#]/.test(text))
    throw invalid('url must hold no query and no fragment: the paths of the protocol are appended to it')
  return url.origin + url.pathname.replace(/\/+$/, '')
}

/** @throws SyncError `SYNC_CONFIG_INVALID` unless it is a function or absent */
export function mustBeFunction(name: string, value: unknown, example: string): void {
  if (value !== undefined && typeof value !== 'function') throw invalid(`${name} must be a function, like ${example}`)
}

/** @throws SyncError `SYNC_CONFIG_INVALID` unless it is a whole number of at least `least` */
export function mustBeNumber(name: string, value: unknown, least: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= least) return
  throw invalid(`${name} must be a whole number of at least ${least}`)
}

/** The server that the options name. @throws SyncError `SYNC_CONFIG_INVALID` naming the option */
export function serverOf({ url, token, refresh, responseBytes = 64_000_000 }: RestOptions): Server {
  mustBeFunction('token', token, '() => session.accessToken')
  mustBeFunction('refresh', refresh, '() => session.renew()')
  mustBeNumber('responseBytes', responseBytes, 1024)
  return { url: baseOf(url), token, responseBytes }
}

/** JSON keeps text as it is. */
export const keptAsText: FieldsKept = { as: 'text', digits: 9 }

/** The codecs that the options name, by collection. @throws SyncError `SYNC_CONFIG_INVALID` naming the option that is wrong */
export function fieldsOf({ collections = {}, routes }: RestOptions & Partial<RoutedOptions>): FieldsOf {
  if (routes !== undefined && Object.keys(collections).length > 0)
    throw invalid('with routes collections are those of plainRoutes()')
  return fieldsIn('restAdapter: collections', collections)
}

/** The limits of the server, defaults filled in. @throws SyncError `SYNC_CONFIG_INVALID` for one that is unknown or no whole number */
export function limitsOf({ limits = {} }: RestOptions, defaults: RemoteLimits = defaultLimits): RemoteLimits {
  const mayBeNone: readonly string[] = ['markerDepth', 'settleMs', 'minWriteIntervalMs', 'opIdMemoryMs', 'retentionMs']
  mustKnow('limits', limits, Object.keys(defaultLimits))
  for (const [name, value] of Object.entries(limits))
    mustBeNumber(`limits.${name}`, value, mayBeNone.includes(name) ? 0 : 1)
  return { ...defaults, ...limits }
}

/** The operators the server answers. @throws SyncError `SYNC_CONFIG_INVALID` for what is none */
export function operatorsOf({ operators = kitOperators }: RestOptions): RemoteCapabilities['operators'] {
  const given: unknown = operators
  if (Array.isArray(given) && given.every((one) => typeof one === 'string')) return operators
  throw invalid(`operators must be a list of names, like ${JSON.stringify(kitOperators)}`)
}
