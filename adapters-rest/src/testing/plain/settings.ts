import type { ModelServer } from '@rowkeep/kernel/testing'

/** What kind of server {@link plainDouble} is. */
export interface PlainDoubleOptions {
  /** The state behind it. Default: a fresh, empty one. */
  readonly server?: ModelServer
  /**
   * `strong`: items have an `ETag`, rows a `version`, and no write goes without a precondition (428). `weak`: the same with weak
   * tags, so that no `If-Match` but `*` ever holds. `none`: no versions, preconditions are not looked at. Default `strong`.
   */
  readonly versions?: 'strong' | 'weak' | 'none'
  /** `marked`: deleted rows stay as `{ deleted: true }`. `forgotten`: nothing stays. Default `marked`. */
  readonly deletions?: 'marked' | 'forgotten'
  /** `changes`: `{ items, next }` by `updated_since`, in pages. `list`: the bare list, whole, with an `ETag`. Default `changes`. */
  readonly feed?: 'changes' | 'list'
  /** Default true; false: every PUT and DELETE is answered with 405. */
  readonly writable?: boolean
  /** Whether a write is answered with the row as it is now; false: with its `ETag` alone. Default true. */
  readonly bodies?: boolean
}

/** The same, complete. */
export type Settings = Required<PlainDoubleOptions>
