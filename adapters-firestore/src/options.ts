import { SyncError } from '@rowkeep/kernel'
import { type Fields, type FieldsOf, fieldsIn } from '@rowkeep/kernel/adapters'
import type { Firestore } from 'firebase/firestore/lite'
import { defaultMemoryMs } from './capabilities.ts'
import type { UserSource } from './credentials.ts'
import { Guard } from './guard.ts'
import type { FirestoreLive } from './live-source.ts'
import { type PathOf, type Paths, pathsWith } from './paths.ts'
import { ServerTime } from './server-time.ts'

/** What {@link firestoreAdapter} takes. */
export interface FirestoreOptions {
  /** The app's `getFirestore(app)` of `firebase/firestore/lite`. The app keeps it; the adapter never terminates it. */
  readonly firestore: Firestore
  /**
   * Whose credentials the SDK sends now, for example `() => getAuth(app).currentUser?.uid`; nothing: nobody is signed in. What it
   * throws ends the call unsent: a `SyncError` as it is, anything else as `SYNC_AUTH_REQUIRED`.
   */
  readonly user: UserSource
  /**
   * By collection. `path`: where it is kept, default `users/<uid>/<collection>`; the rules must be those of the path. `fields`: what its
   * fields hold that JSON has no type for: `date` is a Timestamp, `bytes` are Bytes, `bigint` and `decimal` are text. Default none.
   */
  readonly collections?: Readonly<Record<string, { readonly path?: PathOf; readonly fields?: Fields }>>
  /** Where operations that are done are marked. Default `users/<uid>/mutations`. */
  readonly mutations?: PathOf
  /** Tells of changes as they happen: `firestoreLive(...)` of `@rowkeep/adapters-firestore/live`. Default: none. */
  readonly live?: FirestoreLive
  /**
   * How long after its stamp a write may come to be seen, ms: so long rows are read again. Default 300 000, above the 270 s that
   * a transaction of Firestore may last.
   */
  readonly overlapMs?: number
  /** How long marks of operations are kept, where old ones are purged, ms. Default 90 days. */
  readonly opIdMemoryMs?: number
  /** A clock in ms that never goes back; simulations bring their own. Default `performance.now`. */
  readonly monotonicNow?: () => number
}

/** A database with what the options say of it, checked. */
export interface Database {
  readonly firestore: Firestore
  readonly user: UserSource
  readonly paths: Paths
  readonly fields: FieldsOf
  fieldsOf(collection: string): Fields
  readonly live: FirestoreLive | undefined
  readonly overlapMs: number
  readonly opIdMemoryMs: number
  readonly time: ServerTime
  readonly guard: Guard
}

const invalid = (message: string): SyncError =>
  new SyncError('SYNC_CONFIG_INVALID', { message: `firestoreAdapter: ${message}` })

function mustBeFunction(name: string, value: unknown, example: string): void {
  if (typeof value !== 'function') throw invalid(`${name} must be a function, like ${example}`)
}

function mustBeTime(name: string, value: unknown): void {
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    throw invalid(`${name} must be a whole number of milliseconds`)
}

function mustBeLite(value: unknown): void {
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined
  if (type === 'firestore-lite') return
  const full = type === 'firestore' ? 'is of firebase/firestore, which keeps a queue of its own: it ' : ''
  throw invalid(`firestore ${full}must be getFirestore(app) of firebase/firestore/lite`)
}

const known = 'collections firestore live monotonicNow mutations opIdMemoryMs overlapMs user'.split(' ')

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function mustBeKnown(options: unknown): void {
  if (!isPlain(options)) throw invalid('the options are missing: give { firestore, user }')
  for (const name of Object.keys(options))
    if (!known.includes(name)) throw invalid(`${name} is not an option: ${known.join(', ')}`)
}

function checkedCollections(collections: FirestoreOptions['collections'] = {}): FieldsOf {
  const fields = fieldsIn('firestoreAdapter: collections', collections, ['path', 'fields'])
  for (const [name, { path }] of Object.entries(collections))
    if (path !== undefined) mustBeFunction(`collections.${name}.path`, path, "() => 'teams/red/tasks'")
  return fields
}

/** The database that the options name. @throws SyncError `SYNC_CONFIG_INVALID` naming the option */
export function databaseOf(options: FirestoreOptions): Database {
  mustBeKnown(options)
  const { firestore, user, collections, mutations, live } = options
  const { overlapMs = 300_000, opIdMemoryMs = defaultMemoryMs, monotonicNow = () => performance.now() } = options
  mustBeLite(firestore)
  mustBeFunction('user', user, '() => getAuth(app).currentUser?.uid')
  const fields = checkedCollections(collections)
  if (mutations !== undefined) mustBeFunction('mutations', mutations, '(user) => `users/$' + '{user}/mutations`')
  if (live !== undefined) mustBeFunction('live.subscribe', live?.subscribe, 'that of firestoreLive(getFirestore(app))')
  mustBeTime('overlapMs', overlapMs)
  mustBeTime('opIdMemoryMs', opIdMemoryMs)
  mustBeFunction('monotonicNow', monotonicNow, '() => performance.now()')
  const paths = pathsWith(collections, mutations)
  return {
    firestore,
    user,
    paths,
    fields,
    fieldsOf: (collection) => (Object.hasOwn(fields, collection) && fields[collection]) || {},
    live,
    overlapMs,
    opIdMemoryMs,
    time: new ServerTime(monotonicNow),
    guard: new Guard(),
  }
}
