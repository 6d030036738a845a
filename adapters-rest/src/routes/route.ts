import type {
  CallContext,
  PullPage,
  PullRequest,
  PushOperation,
  PushVerdict,
  RemoteCapabilities,
} from '@rowkeep/kernel'
import type { Server } from '../requests.ts'
import type { Addresses } from './addresses.ts'
import type { RowCodec } from './row-codec.ts'
import type { Item } from './writes/item.ts'

/** One collection at the server, for one call. */
export interface Place {
  readonly collection: string
  readonly server: Server
  readonly addresses: Addresses
  /** Tells this place from every other: the address of its list. */
  readonly epoch: string
  readonly codec: RowCodec
  /** Whether rows are written through this adapter, so that a device has some that no list brought. */
  readonly writable: boolean
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>
  readonly context: CallContext
}

/** How rows come down: a value of `changesSince()` or `listing()`. */
export interface FeedRoute {
  /** Field of a row that says when it was last changed. `undefined`: rows do not say. */
  readonly stamp: string | undefined
  /** Field of a row that marks it as deleted. `undefined`: there is none. */
  readonly deleted: string | undefined
  /** Rows of a page unless `limits.pageRows` says otherwise. */
  readonly pageRows: number
  readonly can: Pick<RemoteCapabilities, 'feed' | 'deletes' | 'expiry' | 'clock'>
  pull(place: Place, request: PullRequest): Promise<PullPage>
}

/** How one operation goes up: a value of `ifMatch()` or `overwrite()`. */
export interface WriteRoute {
  /** Field of a row that holds its version. `undefined`: versions are not known. */
  readonly revision: string | undefined
  readonly can: Pick<RemoteCapabilities, 'conditional' | 'idempotency' | 'revisions'>
  write(item: Item, operation: PushOperation): Promise<PushVerdict>
}
