import type { JsonObject } from '@rowkeep/kernel'
import { type Double, type ModelServer, modelServer } from '@rowkeep/kernel/testing'
import { idOf, jsonOf, protoOf } from './records.ts'
import { Service } from './service.ts'

/** What {@link firestoreDouble} starts with. */
export interface FirestoreDoubleOptions {
  /** The state behind it. Default: a fresh one. */
  readonly server?: ModelServer
  /** Collections that its rules open below `users/<uid>`. Default `notes` and `tasks`. */
  readonly collections?: readonly string[]
}

/**
 * Cloud Firestore inside this process, under the rules that the CLI prints: the v1 REST API for the lite SDK, WebChannel for the
 * full one. Point an SDK at it with `connectFirestoreEmulator(db, host, port, { mockUserToken: 'token-of-ada' })`. Its tokens are
 * `token-of-ada` and `token-of-bob`, and `owner` for an admin; the methods below speak for the user `ada`.
 */
export interface FirestoreDouble extends Double {
  /** Live records, by id; tombstones left out. */
  rows(collection: string): Promise<readonly JsonObject[]>
  /** A create or an update by another device. */
  write(collection: string, row: JsonObject & { readonly id: string }): Promise<void>
  /** A deletion by another device: it leaves a tombstone. */
  remove(collection: string, id: string): Promise<void>
  /** From now on refuses ada's writes to this row, as an app's own rule would. */
  forbid(collection: string, id: string): Promise<void>
  /** Takes a document away without a trace, as an admin can. */
  purge(collection: string, id: string): Promise<void>
  /** Documents read so far, as the service bills them. */
  reads(): number
  /** Ends live streams. */
  close(): Promise<void>
}

const tableOf = (collection: string): string => `users/ada/${collection}`

/** A fresh Firestore; it is at `http://firestore.test:8080`, or wherever it is served. */
export function firestoreDouble({
  server = modelServer(),
  collections = ['notes', 'tasks'],
}: FirestoreDoubleOptions = {}): FirestoreDouble {
  const service = new Service(server, collections)
  const { documents, bill } = service
  const put = (collection: string, id: string, fields: JsonObject, isDeleted: boolean): void => {
    const at = { collection: tableOf(collection), id: idOf(id) }
    const revision = Number(documents.get(at)?.fields['_rev']?.['integerValue'] ?? 0) + 1
    const marks = {
      _rev: { integerValue: String(revision) },
      _changedAt: { timestampValue: documents.requestTime() },
      _deleted: { booleanValue: isDeleted },
    }
    documents.put(at, { ...protoOf(fields), ...marks }, documents.commitTime())
  }
  return {
    origin: 'http://firestore.test:8080',
    fetch: (request) => service.fetch(request),
    async rows(collection) {
      const live = documents
        .list(tableOf(collection))
        .filter(({ doc }) => doc.fields['_deleted']?.['booleanValue'] !== true)
      const sorted = live.sort((a, b) => (a.id < b.id ? -1 : 1))
      return sorted.map(({ doc }) => jsonOf(doc.fields))
    },
    async write(collection, row) {
      put(collection, row.id, row, false)
    },
    async remove(collection, id) {
      put(collection, id, {}, true)
    },
    async forbid(collection, id) {
      server.forbid(tableOf(collection), idOf(id))
    },
    async purge(collection, id) {
      server.drop(tableOf(collection), idOf(id))
    },
    reads: () => bill.reads,
    async close() {
      service.close()
    },
  }
}
