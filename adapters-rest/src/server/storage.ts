import type { Feed, PullPage, PullRequest, PushRequest, PushVerdict, QueryPage, QueryRequest } from '@rowkeep/kernel'

/**
 * What the handler serves: a user's feed and a user's writes. `postgresStorage` is one. The handler has checked the shape
 * of every request, its limits, its collections and its user before it gets here. An error thrown as `SyncError` is
 * answered by its code (`SYNC_PROTOCOL` is the client's fault, `SYNC_RATE_LIMITED` asks to come again); any other is
 * answered as a failure of the server, without a word of its message.
 */
export interface SyncStorage {
  /** One page. */
  pull(user: string, request: PullRequest): Promise<PullPage>
  /**
   * What the versions of a user's rows of a feed add up to, as the adapter computes it; `null`: it cannot tell. Absent: the handler
   * never can.
   */
  digest?(user: string, feed: Feed): Promise<string | null>
  /** One verdict per operation, in order; `atomic`: all or none. */
  push(user: string, request: PushRequest): Promise<readonly PushVerdict[]>
  /** Rows that meet a filter, in the kernel's order. Absent, as `count`: the handler answers no queries. */
  query?(user: string, request: QueryRequest): Promise<QueryPage>
  /** How many rows meet a filter. */
  count?(user: string, request: Pick<QueryRequest, 'collection' | 'filter'>): Promise<number>
}
