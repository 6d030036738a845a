import { firestoreAdapter } from '@rowkeep/adapters-firestore'
import {
  type CallContext,
  type Cursor,
  type JsonObject,
  type PullPage,
  type PushOperation,
  type PushVerdict,
  platformEnv,
  type RemoteAdapter,
  type RemoteChange,
} from '@rowkeep/kernel'
import { deleteApp } from 'firebase/app'
import { connectFirestoreEmulator, initializeFirestore } from 'firebase/firestore/lite'
import { webApp } from '../clients/web.ts'

/** Where the adapter keeps what is pushed here. */
export const notes = 'users/ada/notes'

/** An operation, its id made up. */
export type Sent = Omit<PushOperation, 'opId' | 'collection' | 'resend'>

/** The adapter, in the hands of ada. */
export class Device {
  readonly #adapter: RemoteAdapter
  readonly #close: () => Promise<void>
  #cursor: Cursor | null = null

  constructor(port: number) {
    const app = webApp()
    const firestore = initializeFirestore(app, {})
    connectFirestoreEmulator(firestore, '127.0.0.1', port, { mockUserToken: 'token-of-ada' })
    this.#adapter = firestoreAdapter({ firestore, user: () => 'ada' })
    this.#close = () => deleteApp(app)
  }

  /** Pushes to the collection `notes`; the result has the ids given. */
  async push(
    ...sent: readonly Sent[]
  ): Promise<{ readonly opIds: readonly string[]; readonly verdicts: readonly PushVerdict[] }> {
    const operations = sent.map((one) => ({ ...one, opId: crypto.randomUUID(), collection: 'notes', resend: false }))
    const verdicts = await this.#adapter.push({ operations, atomic: false }, this.#context())
    return { opIds: operations.map(({ opId }) => opId), verdicts }
  }

  /** Pulls to the end of a run; the result is what came, a row that is listed twice in its last state. */
  async pull(): Promise<ReadonlyMap<string, RemoteChange>> {
    const found = new Map<string, RemoteChange>()
    for (;;) {
      const page = await this.#page()
      if (page.kind === 'expired') throw new Error('the cursor is too old')
      for (const change of page.changes) found.set(change.id, change)
      this.#cursor = page.cursor
      if (!page.more) return found
    }
  }

  close(): Promise<void> {
    return this.#close()
  }

  #page(): Promise<PullPage> {
    const request = { feed: { id: 'notes', collections: ['notes'] }, cursor: this.#cursor, limit: 2 }
    return this.#adapter.pull(request, this.#context())
  }

  #context(): CallContext {
    return { user: 'ada', signal: AbortSignal.timeout(10_000), timeoutMs: 10_000, env: platformEnv }
  }
}

/** A record that is made. */
export const creation = (record: JsonObject & { readonly id: string }): Sent => ({
  kind: 'create',
  id: record.id,
  expected: null,
  change: { set: record },
  record,
})
