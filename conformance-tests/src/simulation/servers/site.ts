import type { RemoteAdapter } from '@rowkeep/kernel'
import type { Collection, Row } from '../devices/app.ts'
import type { Tab } from '../devices/tab.ts'
import type { World } from '../world.ts'

/** One write that took effect at the backend. */
export interface Effect {
  /** `undefined`: by somebody else than the devices of the history. */
  readonly opId: string | undefined
  readonly user: string
  readonly collection: string
  readonly id: string
  /** The whole row before and after; `null`: none. */
  readonly before: Row | null
  readonly after: Row | null
  readonly at: number
}

/** The backend of one history, with a way behind its back. What it cannot do it lacks. */
export interface Site {
  /** The adapter as the app in `tab` has it. */
  remote(tab: Tab): RemoteAdapter
  /** The network of `tab`. */
  fetch(tab: Tab, request: Request): Promise<Response>
  /** Living rows that `user` may see, by id. */
  rows(user: string, collection: Collection): Promise<ReadonlyMap<string, Row>>
  /** Every effect so far, in order. Absent: the backend keeps no log. */
  readonly effects?: readonly Effect[]
  /** A create or an update by somebody else. */
  write(user: string, collection: Collection, row: Row): Promise<void>
  remove(user: string, collection: Collection, id: string): Promise<void>
  /** Moves the row out of the user's scope, without deleting it. */
  evict?(user: string, collection: Collection, id: string): Promise<void>
  /** Makes every cursor given out so far too old. */
  expire?(): Promise<void>
  /** Goes back to an earlier state, under a new identity. */
  restore?(): Promise<void>
  /** From now on writes to the row are refused for good. */
  forbid?(user: string, collection: Collection, id: string): Promise<void>
  /** Frees what it holds open; the history is over. */
  close?(): Promise<void>
}

/** What is simulated: a kind of backend, by name. */
export interface Subject {
  readonly name: string
  /** So many users at most can be told apart behind its back. Default: two. */
  readonly users?: number
  open(world: World): Site | Promise<Site>
}
