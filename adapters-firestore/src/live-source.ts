import type { CallContext, Feed, LiveEvent } from '@rowkeep/kernel'
import type { Database } from './options.ts'

/** The value of the option `live`; `firestoreLive` of `@rowkeep/adapters-firestore/live` makes it. */
export interface FirestoreLive {
  /** Listens to a feed of the database; the result ends it. */
  subscribe(database: Database, feed: Feed, listener: (event: LiveEvent) => void, context: CallContext): () => void
}
