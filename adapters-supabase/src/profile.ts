import type {
  Feed,
  PullPage,
  PullRequest,
  PushRequest,
  PushVerdict,
  QueryPage,
  QueryRequest,
  RemoteCapabilities,
  RowHead,
} from '@rowkeep/kernel'
import type { FieldsKept, FieldsOf } from '@rowkeep/kernel/adapters'
import type { Caller } from './requests.ts'

/** What a live channel listens to. */
export type Source =
  | { readonly kind: 'postgres_changes'; readonly schema: string; readonly table: string }
  /** Messages the database sends to one private topic. */
  | { readonly kind: 'broadcast'; readonly topic: string }

/** How rows are kept at Supabase: in tables of the app's own, or by the sync kit. */
export interface Profile {
  readonly name: string
  readonly capabilities: RemoteCapabilities
  /** What fields hold that JSON has no type for, by collection, and how that is kept. */
  readonly fields: FieldsOf
  readonly kept: FieldsKept
  pull(request: PullRequest, caller: Caller): Promise<PullPage>
  push(request: PushRequest, caller: Caller): Promise<readonly PushVerdict[]>
  /** There, with `count`, exactly where `capabilities.operators` is not empty. */
  readonly query?: (request: QueryRequest, caller: Caller) => Promise<QueryPage>
  readonly count?: (request: Pick<QueryRequest, 'collection' | 'filter'>, caller: Caller) => Promise<number>
  /** Whether the rows are the versions that the user sees of the feed; `true` where it cannot tell. */
  readonly same?: (feed: Feed, rows: Iterable<RowHead>, caller: Caller) => Promise<boolean>
  /** What tells of the changes of a feed to a user. */
  sourceOf(feed: Feed, user: string): Source
  /** Frees what it holds. */
  close(): void
}
