import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { JsonObject } from '@rowkeep/kernel'
import type { Note } from '../note.ts'

/** A note as DataStore keeps it. */
export type StoredNote = Note & { readonly _version?: number; readonly _deleted?: boolean | null }

/** The class DataStore makes of the model. */
interface NoteClass {
  new (fields: Omit<Note, 'id'>): StoredNote
  copyOf(note: StoredNote, change: (draft: Record<string, unknown>) => void): StoredNote
}

/** What DataStore asks where its version was not the newest. */
export interface AmazonConflict {
  readonly modelConstructor: NoteClass
  readonly localModel: StoredNote
  readonly remoteModel: StoredNote
  readonly operation: string
  readonly attempts: number
}

/** What DataStore says where a write or a sync fails. */
export interface AmazonError {
  readonly message: string
  readonly errorType: string
}

/** Of a predicate, the one part that is used. */
export interface Condition {
  readonly title: { eq(value: string): unknown; ne(value: string): unknown }
}

/** Of `@aws-amplify/datastore`, what is used. */
export interface DataStorePackage {
  readonly DataStore: {
    configure(options: object): void
    start(): Promise<void>
    stop(): Promise<void>
    save(note: StoredNote, condition?: (note: Condition) => unknown): Promise<StoredNote>
    delete(model: NoteClass, id: string): Promise<unknown>
    query(model: NoteClass): Promise<readonly StoredNote[]>
    query(model: NoteClass, id: string): Promise<StoredNote | undefined>
  }
  readonly DISCARD: symbol
  initSchema(schema: object): { readonly Note: NoteClass }
  syncExpression(model: NoteClass, expression: () => unknown): unknown
}

/** Of `@aws-amplify/core`, what is used. */
export interface CorePackage {
  readonly Amplify: { configure(config: object, library: object): void }
  readonly Hub: {
    listen(
      channel: string,
      listener: (capsule: { readonly payload: { readonly event: string; readonly data?: JsonObject } }) => void,
    ): () => void
  }
}

/** Both packages, as CommonJS: DataStore's ES modules would meet another instance of core, which nobody configured. */
export function amazonPackages(folder: string): { readonly core: CorePackage; readonly datastore: DataStorePackage } {
  const load = createRequire(join(folder, 'package.json'))
  return {
    core: load('@aws-amplify/core') as CorePackage,
    datastore: load('@aws-amplify/datastore') as DataStorePackage,
  }
}
