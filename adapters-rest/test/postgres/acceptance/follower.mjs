import { isSyncError } from '@rowkeep/kernel'

/**
 * A device that only reads.
 * @typedef {object} Follower
 * @property {string} owner
 * @property {Map<string, import('@rowkeep/kernel').RemoteRow>} rows
 * @property {number} wentBack rows that came with a lower revision than before
 * @property {() => Promise<void>} run one run, to its end
 * @property {(isOver: () => boolean) => Promise<void>} follow runs again and again
 */

/** @param {Follower} follower @param {import('@rowkeep/kernel').RemoteRow} row */
function take(follower, row) {
  if (Number(follower.rows.get(row.id)?.revision ?? 0) > Number(row.revision)) follower.wentBack += 1
  follower.rows.set(row.id, row)
}

// A database that was too busy to answer is asked again; anything else is a fault of the kit.
const passes = (error) => isSyncError(error, 'SYNC_OUTCOME_UNKNOWN') || isSyncError(error, 'SYNC_RATE_LIMITED')

/**
 * @param {import('../../../dist/postgres/index.js').PostgresStorage} storage
 * @param {string} owner
 * @param {number} limit
 * @returns {Follower}
 */
export function follower(storage, owner, limit) {
  const feed = { id: 'notes@0', collections: ['notes'] }
  let cursor = null
  /** Whether there is more. */
  const readPage = async () => {
    const page = await storage.pull(owner, { feed, cursor, limit })
    if (page.kind === 'expired') throw new Error('a cursor of this history expired')
    for (const change of page.changes) take(self, change)
    cursor = page.cursor
    return page.more
  }
  const self = {
    owner,
    rows: new Map(),
    wentBack: 0,
    async run() {
      while (await readPage());
    },
    async follow(isOver) {
      while (!isOver()) {
        await self.run().catch((error) => {
          if (!passes(error)) throw error
        })
      }
    },
  }
  return self
}
