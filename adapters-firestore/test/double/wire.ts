import type { Json, JsonObject } from '@rowkeep/kernel'
import { type FirestoreDouble, firestoreDouble } from '../../src/testing/index.ts'

/** Name of the database in every resource. */
export const database = 'projects/demo-rowkeep/databases/(default)'

/** The full name of a document. */
export const nameOf = (path: string): string => `${database}/documents/${path}`

/** A double and a plain client for its REST API. */
export interface Wire {
  readonly double: FirestoreDouble
  /** Status and parsed body of a call; `token` `undefined` sends none. */
  call(
    verb: string,
    body: Json | string,
    token?: string,
    parent?: string,
  ): Promise<{ status: number; body: JsonObject }>
}

/** A double that is called without an SDK. */
export function wire(): Wire {
  const double = firestoreDouble()
  return {
    double,
    async call(verb, body, token, parent = '') {
      const response = await double.fetch(
        new Request(`${double.origin}/v1/${database}/documents${parent}:${verb}`, {
          method: 'POST',
          headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
          body: typeof body === 'string' ? body : JSON.stringify(body),
        }),
      )
      return { status: response.status, body: (await response.json()) as JsonObject }
    },
  }
}

/** Our own fields as a client sends them; the stamp is filled in by the server. */
export const fields = (revision: number, more: JsonObject = {}): JsonObject => ({
  _rev: { integerValue: String(revision) },
  _deleted: { booleanValue: false },
  ...more,
})

const stamp = (fieldPath: string): JsonObject => ({ fieldPath, setToServerValue: 'REQUEST_TIME' })

/** The write of a whole record. */
export const record = (path: string, revision: number, more: JsonObject = {}): JsonObject => ({
  update: { name: nameOf(path), fields: fields(revision, more) },
  updateTransforms: [stamp('_changedAt')],
})

/** The write of a mark. */
export const mark = (path: string, more: JsonObject = {}): JsonObject => ({
  update: { name: nameOf(path), fields: { digest: { stringValue: 'd' }, ...more } },
  updateTransforms: [stamp('at')],
})
