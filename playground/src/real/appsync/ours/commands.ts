import type { Note } from '../note.ts'

/** A conflict the app was told of. */
export interface FieldConflict {
  readonly id: string
  /** Changed on both sides. */
  readonly fields: readonly string[]
}

/** What the judge can ask of an app over Rowkeep. */
export interface OurDevice {
  /** Connects, and syncs from now on by itself; what others write is heard by subscription. */
  start(): Promise<void>
  /** Disconnects; what it keeps stays, and writes wait. */
  stop(): Promise<void>
  /** One exchange now, connected or not. */
  sync(): Promise<void>
  create(fields: Omit<Note, 'id'>): Promise<string>
  change(id: string, fields: Partial<Note>): Promise<void>
  /** The same, on the condition that its title is `title`. */
  changeWhere(title: string, id: string, fields: Partial<Note>): Promise<void>
  remove(id: string): Promise<void>
  /** What it shows the app, by id. */
  notes(): Promise<readonly Note[]>
  /** How the newest write to a note ended: `applied` and the version, `parked` or `quarantined`. Waits for it. */
  outcome(id: string): Promise<string>
  conflicts(): readonly FieldConflict[]
}
