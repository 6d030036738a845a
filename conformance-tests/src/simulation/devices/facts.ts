import type { Collection, Row } from './app.ts'

/** What happens on devices beside reading and writing. */
export type DeviceFact =
  | {
      /** What was shown while the user was being switched: all of one user's, or nothing. */
      readonly kind: 'shownBetween'
      readonly tab: string
      readonly collection: Collection
      readonly rows: readonly Row[]
    }
  /** The client is to become another user's; `''`: nobody's. */
  | { readonly kind: 'switching'; readonly tab: string; readonly user: string; readonly how: string }
  /** That has ended: from now on the client is `user`'s. With `error` it was refused, or failed. */
  | {
      readonly kind: 'switched'
      readonly tab: string
      readonly user: string
      readonly from: string
      readonly error: unknown
    }
  /** Everything of the user is to be removed from the device. */
  | { readonly kind: 'clearing'; readonly device: string; readonly user: string; readonly discarded: boolean }
  /** Everything of the user was removed from the device; with `discarded` writes that were not on the server too. */
  | { readonly kind: 'cleared'; readonly device: string; readonly user: string; readonly discarded: boolean }
  /** The app, or a person, asks the client for something that may lead to requests at once. */
  | { readonly kind: 'called'; readonly tab: string; readonly what: string }
  /** The device has lost the network, or has it again. */
  | { readonly kind: 'online'; readonly device: string; readonly isOnline: boolean }
  /** From now on nothing goes wrong any more. */
  | { readonly kind: 'healed' }
  /** One tab of several ended at once. */
  | { readonly kind: 'killed'; readonly tab: string }
  /** A call of the app failed that was no write. */
  | { readonly kind: 'failed'; readonly tab: string; readonly what: string; readonly error: unknown }
  /**
   * Somebody decides a conflict of the inbox; `failed` says where that came to nothing. `own`: by a record that is the local side,
   * or else the server's, with `word` as its title.
   */
  | {
      readonly kind: 'resolved'
      readonly tab: string
      readonly collection: Collection
      readonly id: string
      readonly how: string
      readonly word: string
    }
  /** Somebody sends refused writes to these records again, or gives them up. */
  | {
      readonly kind: 'requeued' | 'discarded'
      readonly tab: string
      readonly records: readonly { readonly collection: Collection; readonly id: string }[]
    }
  /** The app was started, in a version of it. */
  | { readonly kind: 'booted'; readonly tab: string; readonly version: number }
  /** A listener was told something after it had been taken away. */
  | { readonly kind: 'heardLate'; readonly tab: string; readonly what: string }
