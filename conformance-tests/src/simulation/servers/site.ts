import type { RemoteAdapter, SyncErrorCode } from '@rowkeep/kernel'
import type { Collection, Row } from '../devices/app.ts'
import type { Device } from '../devices/device.ts'
import type { Tab } from '../devices/tab.ts'
import type { World } from '../world.ts'
import type { Promises } from './promises.ts'

/** One write that took effect at the backend. */
export interface Effect {
  /** `undefined`: by somebody else than the devices of the history. */
  readonly opId: string | undefined
  /** Whose row it is. */
  readonly user: string
  /** Whose credentials it came with. Absent: by somebody else than the devices of the history. */
  readonly by?: string
  readonly collection: string
  readonly id: string
  /** The whole row before and after; `null`: none. */
  readonly before: Row | null
  readonly after: Row | null
  readonly at: number
}

/** The backend of one history, with a way behind its back. What it cannot do it lacks. */
export interface Site {
  /** What a client may rely on here. */
  readonly promises: Promises
  /**
   * Whether all requests so far came by the `fetch` of the kernel's context, so that they end with its signal, and what the server
   * asks for reaches it. A vendor's client makes its own, and may do neither.
   */
  readonly isDirect: boolean
  /** Whether the app's adapter can renew a sign-in that has run out. Absent: nobody knows. */
  readonly refreshes?: boolean
  /** The adapter as the app in `tab` has it. */
  remote(tab: Tab): RemoteAdapter
  /** The network of `tab`. `isDirect`: the request comes by the `fetch` of the kernel's context. */
  fetch(tab: Tab, request: Request, isDirect: boolean): Promise<Response>
  /** Living rows that `user` may see, by id. */
  rows(user: string, collection: Collection): Promise<ReadonlyMap<string, Row>>
  /** Every effect so far, in order, those that a restore took back included. Absent: the backend keeps no log. */
  readonly effects?: readonly Effect[]
  /** By somebody else: sets the fields of `row`, creating it where there is none, and leaves its other fields alone. */
  write(user: string, collection: Collection, row: Row): Promise<void>
  /** By somebody else: deletes the row, if there is one. */
  remove(user: string, collection: Collection, id: string): Promise<void>
  /** Moves the row out of the user's scope, without deleting it. */
  evict?(user: string, collection: Collection, id: string): Promise<void>
  /** Brings back a row that was moved out. */
  readmit?(user: string, collection: Collection, id: string): Promise<void>
  /** Makes every cursor given out so far too old. */
  expire?(): Promise<void>
  /** Goes back to the state before the last so many commits, under a new identity. */
  restore?(commits: number): Promise<void>
  /** From now on writes to the row are refused for good. */
  forbid?(user: string, collection: Collection, id: string, code: SyncErrorCode): Promise<void>
  /** Until the faults end writes to the row are answered as if somebody else had it just then. */
  jam?(collection: Collection, id: string): void
  /** For so long the user may not read the collection. */
  shut?(user: string, collection: Collection, ms: number): Promise<void>
  /** From now on the user's credentials on the device are refused; for so long they cannot be renewed. */
  expireToken?(device: Device, user: string, ms: number): Promise<void>
  /** The user signs in on the device again. */
  signIn?(device: Device, user: string): void
  /** From now on the server's clock is off by so much, ms. */
  setClock?(ms: number): Promise<void>
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
