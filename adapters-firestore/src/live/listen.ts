import type { CallContext, Failure, Feed, LiveEvent, RemoteChange } from '@rowkeep/kernel'
import type { Fields } from '@rowkeep/kernel/adapters'
import type {
  collection,
  DocumentChange,
  Firestore,
  onSnapshot,
  orderBy,
  Query,
  QuerySnapshot,
  query,
  Timestamp,
  where,
} from 'firebase/firestore'
import { changeOf, type StoredDocument, stampOf } from '../codec.ts'
import { mustBeSignedIn } from '../credentials.ts'
import { unsentError, wireError } from '../errors.ts'
import type { FirestoreLive } from '../live-source.ts'
import { own, recordIdOf } from '../names.ts'
import type { Database } from '../options.ts'
import { readNewest } from '../requests.ts'

/** What is used of `firebase/firestore`: whichever build of it the database at hand is of. */
export interface ListenSdk {
  readonly collection: typeof collection
  readonly onSnapshot: typeof onSnapshot
  readonly orderBy: typeof orderBy
  readonly query: typeof query
  readonly where: typeof where
  readonly Timestamp: typeof Timestamp
}

/** Longest wait for the first rows of the server, ms. */
const firstRowsMs = 30_000

/** One listener of one feed, up to its one `down`, or to the moment it is no longer wanted. */
class Subscription {
  readonly #listener: (event: LiveEvent) => void
  readonly #context: CallContext
  readonly #collection: string
  /** What the SDK told from its cache, until the server confirms it; by document id. */
  readonly #unconfirmed = new Map<string, DocumentChange>()
  #fields: Fields = {}
  #over = false
  #isUp = false
  #listenerError: string | undefined
  readonly #ends: (() => void)[] = []

  constructor(collection: string, listener: (event: LiveEvent) => void, context: CallContext) {
    this.#collection = collection
    this.#listener = listener
    this.#context = context
    const { env, signal } = context
    const late = (): void => {
      if (!this.#isUp) this.#down({ code: 'SYNC_TIMEOUT', message: `no rows of the server after ${firstRowsMs} ms` })
    }
    const stop = (): void => this.end()
    signal.addEventListener('abort', stop, { once: true })
    this.#ends.push(env.setTimer(firstRowsMs, late), () => signal.removeEventListener('abort', stop))
  }

  async run(database: Database, sdk: ListenSdk, firestore: Firestore): Promise<void> {
    this.#fields = database.fieldsOf(this.#collection)
    try {
      await mustBeSignedIn(database.user, this.#context)
      const path = database.paths.records(this.#collection, this.#context.user)
      const newest = await readNewest(database, path, this.#context)
      if (!this.#over) this.#listen(this.#queryFrom(sdk, firestore, path, newest), sdk)
    } catch (thrown) {
      this.#down(wireError(thrown).failure)
    }
  }

  end(): void {
    this.#over = true
    for (const end of this.#ends.splice(0)) end()
  }

  /** From the newest stamp on: what is older was or will be pulled. Rows of that stamp are told, and billed, once more. */
  #queryFrom(sdk: ListenSdk, firestore: Firestore, path: string, newest: StoredDocument | undefined): Query {
    const stamp = newest === undefined ? undefined : stampOf(newest)
    const from = new sdk.Timestamp(stamp?.seconds ?? 0, stamp?.nanoseconds ?? 0)
    return sdk.query(sdk.collection(firestore, path), sdk.where(own.changedAt, '>=', from), sdk.orderBy(own.changedAt))
  }

  #listen(wanted: Query, { onSnapshot }: ListenSdk): void {
    const end = onSnapshot(
      wanted,
      { includeMetadataChanges: true },
      (snapshot) => this.#hear(snapshot),
      (error) => this.#down(wireError(error).failure),
    )
    this.#ends.push(end)
  }

  #hear(snapshot: QuerySnapshot): void {
    if (this.#over) return
    for (const change of snapshot.docChanges({ includeMetadataChanges: true }))
      this.#unconfirmed.set(change.doc.id, change)
    if (!snapshot.metadata.fromCache) this.#confirm()
    // The SDK would connect again by itself, but until then changes go untold, and nobody would know.
    else if (this.#isUp) this.#down({ code: 'SYNC_NETWORK', message: 'the listener lost its connection' })
  }

  #confirm(): void {
    const confirmed = [...this.#unconfirmed.values()].filter(({ doc }) => !doc.metadata.hasPendingWrites)
    for (const { doc } of confirmed) this.#unconfirmed.delete(doc.id)
    if (!this.#isUp) this.#tell({ kind: 'up' })
    this.#isUp = true
    const changes = confirmed.map((change) => this.#changeOf(change))
    if (changes.length > 0) this.#tell({ kind: 'data', changes })
  }

  #changeOf({ type, doc }: DocumentChange): RemoteChange {
    // A deletion leaves a document behind; one that is not in the query any more was taken away by an admin.
    if (type === 'removed') return { kind: 'eviction', collection: this.#collection, id: recordIdOf(doc.id) ?? doc.id }
    return changeOf({ documentId: doc.id, fields: doc.data() }, this.#collection, this.#fields)
  }

  #down(failure: Failure): void {
    const details = this.#listenerError === undefined ? {} : { listenerError: this.#listenerError }
    this.#tell({ kind: 'down', error: { ...failure, details: { ...failure.details, ...details } } })
    this.end()
  }

  #tell(event: LiveEvent): void {
    if (this.#over) return
    try {
      this.#listener(event)
    } catch (thrown) {
      // Nobody above could catch it, and the listener must go on: it is told with `down`.
      this.#listenerError = String(thrown)
    }
  }
}

/** The value of the option `live`, over a database of the full SDK and the functions of the build it is of. */
export function listenWith(sdk: ListenSdk, firestore: Firestore): FirestoreLive {
  return {
    subscribe(database, { collections }: Feed, listener, context) {
      const [name, ...others] = collections
      if (name === undefined || others.length > 0)
        throw unsentError('SYNC_UNSUPPORTED', 'a feed of Firestore holds one collection')
      const subscription = new Subscription(name, listener, context)
      void subscription.run(database, sdk, firestore)
      return () => subscription.end()
    },
  }
}
