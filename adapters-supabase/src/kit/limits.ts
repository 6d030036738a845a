import type { RemoteLimits } from '@rowkeep/kernel'

/** Rows of one page and operations of one push, at most: no caller may ask for more. */
export const most = { rows: 1000, operations: 200 } as const

const DAY = 86_400_000

/** What the kit keeps unless it was set up otherwise. */
export const kitLimits: RemoteLimits = Object.freeze({
  operations: most.operations,
  requestBytes: 1_000_000,
  recordBytes: 1_000_000,
  idBytes: 512,
  pageRows: most.rows,
  parallel: 2,
  retentionMs: 30 * DAY,
  opIdMemoryMs: 90 * DAY,
  markerDepth: 0,
  settleMs: 5000,
  minWriteIntervalMs: 0,
})
