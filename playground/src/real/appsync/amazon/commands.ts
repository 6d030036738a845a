import type { JsonObject } from '@rowkeep/kernel'
import type { Note } from '../note.ts'
import type { AmazonError } from './packages.ts'

/** What DataStore told through Amplify's Hub. */
export interface Told {
  readonly event: string
  /** Of its data: `isEmpty`, `isFullSync` and `counts`, as far as they are there. */
  readonly data: JsonObject
}

/** A conflict DataStore asked the app about, by titles; the count goes over the attempts of one mutation. */
export interface ConflictMet {
  readonly mine: string
  readonly theirs: string
  readonly attempts: number
}

/**
 * For whom the app's conflict handler decides. `both`: the server's note with the fields this device wrote, as Amplify's guide
 * has it. `server`: gives the write up.
 */
export type Side = 'both' | 'server'

/** What the judge can ask of an app over Amazon's DataStore. */
export interface AmazonDevice {
  /** Connects, and syncs. It may resolve early; {@link told} says `ready`. */
  start(): Promise<void>
  /** Disconnects; what it keeps stays, and writes wait. */
  stop(): Promise<void>
  /** Adds a note, and gives the id that DataStore chose. */
  create(fields: Omit<Note, 'id'>): Promise<string>
  change(id: string, fields: Partial<Note>): Promise<void>
  /** The same, on the condition that its title is `title`. */
  changeWhere(title: string, id: string, fields: Partial<Note>): Promise<void>
  remove(id: string): Promise<void>
  /** What it shows the app, by id. */
  notes(): Promise<readonly Note[]>
  /** The version it has of a note; `null`: no such note, or one that was never pushed. */
  version(id: string): Promise<number | null>
  /** How the app decides conflicts from now on; at first for `both`. */
  decideFor(side: Side): void
  told(): readonly Told[]
  conflicts(): readonly ConflictMet[]
  errors(): readonly AmazonError[]
}
