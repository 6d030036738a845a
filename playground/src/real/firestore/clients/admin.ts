import type { JsonObject } from '@rowkeep/kernel'
import type { AdminFirestore, AdminQuery, AdminReference, AdminSdk, AdminSnapshot, AdminWrites } from './admin-sdk.ts'
import type { Client, Data, Hearing, Transacting, Values, Wanted, Writer } from './client.ts'
import { codeOf } from './codes.ts'
import { plainFields } from './plain.ts'
import { projectId } from './web.ts'

function valuesOf({ FieldValue, Timestamp, GeoPoint }: AdminSdk, database: AdminFirestore): Values {
  return {
    now: () => FieldValue.serverTimestamp(),
    plus: (by) => FieldValue.increment(by),
    union: (...items) => FieldValue.arrayUnion(...items),
    without: (...items) => FieldValue.arrayRemove(...items),
    gone: () => FieldValue.delete(),
    time: (seconds, nanoseconds) => new Timestamp(seconds, nanoseconds),
    bytes: (base64) => Buffer.from(base64, 'base64'),
    point: (latitude, longitude) => new GeoPoint(latitude, longitude),
    reference: (path) => database.doc(path),
  }
}

const fieldsOf = (one: AdminSnapshot): JsonObject | null => (one.exists ? plainFields(one.data() ?? {}) : null)

const named = (one: AdminSnapshot): { readonly id: string; readonly fields: JsonObject } => ({
  id: one.id,
  fields: plainFields(one.data() ?? {}),
})

/** The admin SDK over gRPC, for which there are no rules. */
class AdminClient implements Client {
  readonly name = 'admin'
  readonly values: Values
  readonly #sdk: AdminSdk
  readonly #database: AdminFirestore

  constructor(sdk: AdminSdk, database: AdminFirestore) {
    this.#sdk = sdk
    this.#database = database
    this.values = valuesOf(sdk, database)
  }

  async write(fill: (writer: Writer) => void): Promise<void> {
    const batch = this.#database.batch()
    fill(this.#writerTo(batch))
    await batch.commit()
  }

  async read(path: string): Promise<JsonObject | null> {
    return fieldsOf(await this.#at(path).get())
  }

  async find(wanted: Wanted): Promise<readonly { readonly id: string; readonly fields: JsonObject }[]> {
    return (await this.#query(wanted).get()).docs.map(named)
  }

  async count(wanted: Wanted): Promise<number> {
    return (await this.#query(wanted).count().get()).data().count
  }

  async transact(run: (transaction: Transacting) => Promise<void>, attempts?: number): Promise<void> {
    await this.#database.runTransaction(
      (transaction) => {
        const read = async (path: string): Promise<JsonObject | null> => fieldsOf(await transaction.get(this.#at(path)))
        return run({ ...this.#writerTo(transaction), read })
      },
      ...(attempts === undefined ? [] : [{ maxAttempts: attempts }]),
    )
  }

  async create(path: string, data: Data, meanwhile?: () => Promise<void>): Promise<void> {
    await meanwhile?.()
    await this.#at(path).create(data)
  }

  async updateUnchanged(path: string, data: Data, meanwhile?: () => Promise<void>): Promise<void> {
    const { updateTime } = await this.#at(path).get()
    await meanwhile?.()
    await this.#at(path).update(data, { lastUpdateTime: updateTime })
  }

  listen(wanted: Wanted, { heard, failed }: Hearing): () => void {
    return this.#query(wanted).onSnapshot(
      (found) =>
        heard({
          documents: found.docs.map(named),
          changes: found.docChanges().map(({ type, doc }) => `${type} ${doc.id}`),
        }),
      (error) => failed(codeOf(error)),
    )
  }

  listenTo(path: string, heard: (fields: JsonObject | null) => void): () => void {
    // A listener that fails is silent here, and the script that waits for it fails.
    return this.#at(path).onSnapshot(
      (one) => heard(fieldsOf(one)),
      () => undefined,
    )
  }

  close(): Promise<void> {
    return this.#database.terminate()
  }

  #at(path: string): AdminReference {
    return this.#database.doc(path)
  }

  #query({ collection, where = [], order = [], from, to, first, last }: Wanted): AdminQuery {
    const field = (name: string): unknown => (name === '__name__' ? this.#sdk.FieldPath.documentId() : name)
    let query = this.#database.collection(collection)
    for (const [name, operator, value] of where) query = query.where(field(name), operator, value)
    for (const [name, direction] of order) query = query.orderBy(field(name), direction)
    if (from) query = query[from[0]](...from.slice(1))
    if (to) query = query[to[0]](...to.slice(1))
    if (first !== undefined) query = query.limit(first)
    return last === undefined ? query : query.limitToLast(last)
  }

  #writerTo(batch: AdminWrites): Writer {
    return {
      set: (path, data) => void batch.set(this.#at(path), data),
      merge: (path, data) => void batch.set(this.#at(path), data, { merge: true }),
      update: (path, data) => void batch.update(this.#at(path), data),
      updateAt: (path, segments, value) =>
        void batch.update(this.#at(path), new this.#sdk.FieldPath(...segments), value),
      remove: (path) => void batch.delete(this.#at(path)),
    }
  }
}

/** The admin SDK at a port of this machine. */
export function adminClient(sdk: AdminSdk, port: number): Client {
  // Never used, as there is no TLS; without them it would look for those of the machine, also in the network.
  const credentials = { client_email: 'judge@example.com', private_key: 'none' }
  return new AdminClient(sdk, new sdk.Firestore({ projectId, host: `127.0.0.1:${port}`, ssl: false, credentials }))
}
