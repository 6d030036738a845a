import {
  type CallContext,
  type ClosableRemote,
  type Cursor,
  type JsonObject,
  type LiveRemote,
  type PullPage,
  type PushOperation,
  platformEnv,
  type RemoteChange,
} from '@rowkeep/kernel'
import { type ModelServer, modelServer } from '@rowkeep/kernel/testing'
import { afterEach } from 'vitest'
import type { FirestoreAdapter, FirestoreOptions } from '../src/index.ts'
import { type FirestoreDouble, firestoreDouble } from '../src/testing/index.ts'
import { deviceOf } from './devices.ts'
import { type Served, serve } from './served.ts'

type Page = Exclude<PullPage, { kind: 'expired' }>

/** A device of ada before a served double. */
export interface Bench {
  readonly server: ModelServer
  readonly double: FirestoreDouble
  readonly served: Served
  readonly ada: FirestoreAdapter & LiveRemote & ClosableRemote
  /** Every page of a run, as one. */
  run(
    cursor?: Cursor | null,
    limit?: number,
  ): Promise<{ changes: readonly RemoteChange[]; cursor: Cursor; reads: number }>
}

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** A call of the user, with no deadline. */
export const contextOf = (user = 'ada', more: Partial<CallContext> = {}): CallContext => ({
  user,
  signal: new AbortController().signal,
  timeoutMs: 10_000,
  env: platformEnv,
  ...more,
})

/** The feed of `notes`. */
export const notes = { id: 'notes@0', collections: ['notes'] } as const

const isPage = (page: PullPage): page is Page => page.kind !== 'expired'

/** A fresh bench; it is taken down after the test. */
export async function bench(
  options: Partial<FirestoreOptions> = {},
  server: ModelServer = modelServer(),
): Promise<Bench> {
  const double = firestoreDouble({ server })
  const served = await serve(double)
  ends.push(() => served.close())
  const ada = deviceOf({ origin: served.origin, token: 'token-of-ada', user: 'ada', options })
  ends.push(() => ada.close())
  return {
    server,
    double,
    served,
    ada,
    async run(cursor = null, limit = 1000) {
      const before = double.reads()
      const changes: RemoteChange[] = []
      for (let at = cursor; ; ) {
        const page = await ada.pull({ feed: notes, cursor: at, limit }, contextOf())
        if (!isPage(page)) throw new Error('the cursor is not known any more')
        changes.push(...page.changes)
        at = page.cursor
        if (!page.more && at !== null) return { changes, cursor: at, reads: double.reads() - before }
      }
    },
  }
}

let ids = 0
const freshId = (): string => {
  ids += 1
  return `00000000-0000-4000-8000-${String(ids).padStart(12, '0')}`
}

/** An operation on a note, under a new id. */
export function operation(kind: PushOperation['kind'], id: string, more: Partial<PushOperation> = {}): PushOperation {
  return {
    opId: freshId(),
    kind,
    collection: 'notes',
    id,
    expected: null,
    change: {},
    record: null,
    resend: false,
    ...more,
  }
}

/** The creation of a note. */
export const creation = (row: JsonObject & { readonly id: string }): PushOperation =>
  operation('create', row.id, { change: { set: row }, record: row })

/** A document as proto3 JSON, written past the rules, as an admin or a late commit would. */
export function plant(server: ModelServer, id: string, fields: JsonObject, table = 'users/ada/notes'): void {
  const time = '2026-11-20T05:00:00.000000Z'
  server.put({ table, id, owner: 'ada', fields: { fields, createTime: time, updateTime: time } })
}

/** Our own fields as they stand in a document. */
export const marks = (revision: number, changedAt: number): JsonObject => ({
  _rev: { integerValue: String(revision) },
  _changedAt: { timestampValue: new Date(changedAt).toISOString() },
  _deleted: { booleanValue: false },
})
