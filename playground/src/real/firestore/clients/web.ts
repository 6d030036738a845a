import type { JsonObject } from '@rowkeep/kernel'
import { type FirebaseApp, initializeApp } from 'firebase/app'
import type {
  DocumentReference,
  DocumentSnapshot,
  Firestore,
  Query,
  Transaction,
  WriteBatch,
} from 'firebase/firestore/lite'
import type { Client, Data, Transacting, Values, Wanted, Writer } from './client.ts'
import { plainFields } from './plain.ts'

/** What both web SDKs have, under the names of the lite one. */
export type WebSdk = typeof import('firebase/firestore/lite')

/** The project in all names of documents. */
export const projectId = 'demo-rowkeep'

let apps = 0

/** An app of its own: SDKs keep one database for each. */
export function webApp(): FirebaseApp {
  apps += 1
  return initializeApp({ projectId, apiKey: 'key' }, `judge ${apps}`)
}

function valuesOf(sdk: WebSdk, database: Firestore): Values {
  return {
    now: () => sdk.serverTimestamp(),
    plus: (by) => sdk.increment(by),
    union: (...items) => sdk.arrayUnion(...items),
    without: (...items) => sdk.arrayRemove(...items),
    gone: () => sdk.deleteField(),
    time: (seconds, nanoseconds) => new sdk.Timestamp(seconds, nanoseconds),
    bytes: (base64) => sdk.Bytes.fromBase64String(base64),
    point: (latitude, longitude) => new sdk.GeoPoint(latitude, longitude),
    reference: (path) => sdk.doc(database, path),
  }
}

/** The query, as the SDK puts it together. */
export function webQuery(sdk: WebSdk, database: Firestore, wanted: Wanted): Query {
  const { collection, where = [], order = [], from, to, first, last } = wanted
  const field = (name: string): string | ReturnType<WebSdk['documentId']> =>
    name === '__name__' ? sdk.documentId() : name
  const [start, ...fromValues] = from ?? ['startAt']
  const [end, ...toValues] = to ?? ['endAt']
  return sdk.query(
    sdk.collection(database, collection),
    ...where.map(([name, operator, value]) => sdk.where(field(name), operator, value)),
    ...order.map(([name, direction]) => sdk.orderBy(field(name), direction)),
    ...(from ? [sdk[start](...fromValues)] : []),
    ...(to ? [sdk[end](...toValues)] : []),
    ...(first === undefined ? [] : [sdk.limit(first)]),
    ...(last === undefined ? [] : [sdk.limitToLast(last)]),
  )
}

/** The fields of a document that may not be there. */
const fieldsOf = (one: DocumentSnapshot): JsonObject | null => (one.exists() ? plainFields(one.data()) : null)

/** What a web SDK cannot do as the other one does. */
type Rest = Pick<Client, 'name' | 'close' | 'listen' | 'listenTo'>

/** A client over one of the web SDKs. */
export class WebClient implements Omit<Client, 'name' | 'close' | 'listen' | 'listenTo'> {
  readonly values: Values
  readonly #sdk: WebSdk
  readonly #database: Firestore

  constructor(sdk: WebSdk, database: Firestore) {
    this.#sdk = sdk
    this.#database = database
    this.values = valuesOf(sdk, database)
  }

  /** The client, whole. */
  with(rest: Rest): Client {
    return Object.assign(this, rest)
  }

  async write(fill: (writer: Writer) => void): Promise<void> {
    const batch = this.#sdk.writeBatch(this.#database)
    fill(this.#writerTo(batch))
    await batch.commit()
  }

  async read(path: string): Promise<JsonObject | null> {
    return fieldsOf(await this.#sdk.getDoc(this.#at(path)))
  }

  async find(wanted: Wanted): Promise<readonly { readonly id: string; readonly fields: JsonObject }[]> {
    const { docs } = await this.#sdk.getDocs(webQuery(this.#sdk, this.#database, wanted))
    return docs.map((one) => ({ id: one.id, fields: plainFields(one.data()) }))
  }

  async count(wanted: Wanted): Promise<number> {
    return (await this.#sdk.getCount(webQuery(this.#sdk, this.#database, wanted))).data().count
  }

  async transact(run: (transaction: Transacting) => Promise<void>, attempts?: number): Promise<void> {
    const options = attempts === undefined ? {} : { maxAttempts: attempts }
    const body = (transaction: Transaction): Promise<void> => {
      const read = async (path: string): Promise<JsonObject | null> => fieldsOf(await transaction.get(this.#at(path)))
      return run({ ...this.#writerTo(transaction), read })
    }
    await this.#sdk.runTransaction(this.#database, body, options)
  }

  // Only a transaction gives a web SDK preconditions: that what it has read still stands, or is still not there.
  create(path: string, data: Data, meanwhile?: () => Promise<void>): Promise<void> {
    return this.#guarded(path, (transaction) => transaction.set(path, data), meanwhile)
  }

  updateUnchanged(path: string, data: Data, meanwhile?: () => Promise<void>): Promise<void> {
    return this.#guarded(path, (transaction) => transaction.update(path, data), meanwhile)
  }

  #guarded(path: string, write: (writer: Writer) => void, meanwhile?: () => Promise<void>): Promise<void> {
    const body = async (transaction: Transacting): Promise<void> => {
      await transaction.read(path)
      await meanwhile?.()
      write(transaction)
    }
    return this.transact(body, 1)
  }

  #at(path: string): DocumentReference {
    return this.#sdk.doc(this.#database, path)
  }

  #writerTo(target: WriteBatch | Transaction): Writer {
    // The two take the same calls, which their types, having overloads, do not say together.
    const batch = target as WriteBatch
    const fieldPath = (segments: readonly string[]): InstanceType<WebSdk['FieldPath']> =>
      new this.#sdk.FieldPath(...segments)
    return {
      set: (path, data) => void batch.set(this.#at(path), data),
      merge: (path, data) => void batch.set(this.#at(path), data, { merge: true }),
      update: (path, data) => void batch.update(this.#at(path), data as JsonObject),
      updateAt: (path, segments, value) => void batch.update(this.#at(path), fieldPath(segments), value),
      remove: (path) => void batch.delete(this.#at(path)),
    }
  }
}
