// What the writer writes and the checker expects: commit `n` as entries, and the whole state after it.

/** Rows older than this many commits are removed. Large enough that a snapshot takes a while. */
const WINDOW = 200

/** What both sides open. */
export const NAMESPACE = 'kills'

/** Small, so that snapshots happen often. */
export const COMPACT_AFTER_BYTES = 20_000

/**
 * The entries of commit `n`: one row in each of two tables, the removal of an old pair, and a counter.
 * @param {number} n
 * @returns {import('@rowkeep/kernel').StoreEntry[]}
 */
export function entriesOf(n) {
  return [
    { table: 'base', key: `row-${n}`, value: { n, text: 'x'.repeat(100) } },
    { table: 'op', key: `op-${n}`, value: { n, text: 'y'.repeat(100) } },
    { table: 'base', key: `row-${n - WINDOW}`, value: undefined },
    { table: 'op', key: `op-${n - WINDOW}`, value: undefined },
    { table: 'meta', key: 'count', value: n },
  ]
}

/**
 * The numbers of the rows that are there after commit `n`, oldest first.
 * @param {number} n
 * @returns {number[]}
 */
export function numbersAfter(n) {
  const first = Math.max(1, n - WINDOW + 1)
  return Array.from({ length: n - first + 1 }, (_, index) => first + index)
}
