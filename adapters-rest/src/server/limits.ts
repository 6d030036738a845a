import { SyncError } from '@rowkeep/kernel'

/** Bounds of a handler. Bytes are UTF-8, times ms. What the adapter declares must not exceed them. */
export interface ServerLimits {
  /** Body of one request; default 4,000,000. More is 413. */
  readonly requestBytes: number
  /** `record` and `change` of one operation, each; default 1,000,000. More is the verdict `SYNC_TOO_LARGE`. */
  readonly recordBytes: number
  /** Operations of one push; default 200. More is 413. */
  readonly operations: number
  /** Changes of one page; default 1000. A request for more gets this many. */
  readonly pageRows: number
  /** Pulls and pushes at the same time; default 100. More is 503 with `Retry-After`. */
  readonly requests: number
  /** Live streams at the same time; default 1000. More is 503 with `Retry-After`. */
  readonly streams: number
  /** How long a live stream may last before its credentials are to be shown again; default 15 minutes. */
  readonly streamMs: number
}

const defaults: ServerLimits = Object.freeze({
  requestBytes: 4_000_000,
  recordBytes: 1_000_000,
  operations: 200,
  pageRows: 1000,
  requests: 100,
  streams: 1000,
  streamMs: 900_000,
})

/** The limits given, completed by the defaults. @throws SyncError `SYNC_CONFIG_INVALID` */
export function limitsWith(given: Partial<ServerLimits> = {}): ServerLimits {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(defaults, name) || !Number.isSafeInteger(value) || value < 1) {
      throw new SyncError('SYNC_CONFIG_INVALID', {
        message: `limits.${name} must be a whole number of at least 1; limits are ${Object.keys(defaults).join(', ')}`,
      })
    }
  }
  return { ...defaults, ...given }
}
