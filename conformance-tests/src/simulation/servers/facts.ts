import type { PushOperation, SyncErrorCode } from '@rowkeep/kernel'
import type { Collection } from '../devices/app.ts'
import type { Effect } from './site.ts'

/** What happened at the backend, as an onlooker saw it. */
export type SiteFact =
  /** A request reached the server and was answered: for whom it was, and whose credentials it came with. */
  | {
      readonly kind: 'served'
      readonly tab: string
      readonly what: string
      readonly named: string
      readonly owner: string
      /** `undefined`: it was let in. */
      readonly refusal: SyncErrorCode | undefined
    }
  /** A tab sends operations, or tries to. */
  | { readonly kind: 'sent'; readonly tab: string; readonly operations: readonly PushOperation[] }
  /** It was told of these that this try had no effect. */
  | { readonly kind: 'unapplied'; readonly tab: string; readonly opIds: readonly string[] }
  /** It was told that the credentials ran out in the middle of a request. */
  | { readonly kind: 'unauthorized'; readonly tab: string }
  /** It was told of this one that it is refused for good. */
  | { readonly kind: 'rejected'; readonly tab: string; readonly operation: PushOperation }
  /** A tab hears that its live channel is open. */
  | { readonly kind: 'up'; readonly tab: string; readonly settleMs: number }
  /** A page has come to the tab that asked for it. */
  | {
      readonly kind: 'pulled'
      readonly tab: string
      readonly user: string
      readonly collections: readonly string[]
      readonly sentAt: number
      /** It was asked for without a cursor. */
      readonly begins: boolean
      readonly page: 'snapshot' | 'delta' | 'expired'
      readonly more: boolean
    }
  /** A tab was told that the user may not read this. */
  | {
      readonly kind: 'pullRefused'
      readonly tab: string
      readonly user: string
      readonly collections: readonly string[]
    }
  /** A tab went beyond a limit that the backend declares. */
  | {
      readonly kind: 'overLimit'
      readonly tab: string
      readonly what: 'operations in a request' | 'requests at a time' | 'rows in a page'
      readonly count: number
      readonly most: number
    }
  /** A record left its user's scope, or came back. */
  | {
      readonly kind: 'left' | 'returned'
      readonly user: string
      readonly collection: Collection
      readonly id: string
    }
  /** An id came for the second time, with another payload. */
  | { readonly kind: 'idReused'; readonly opId: string; readonly before: string; readonly payload: string }
  /** The server went back to an earlier state: these effects are none any more. */
  | { readonly kind: 'restored'; readonly takenBack: readonly Effect[] }
