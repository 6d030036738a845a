import type { Entry } from '../query/plan.ts'

/** How two entries are ordered; never 0 for two different ids. */
export type Compare = (a: Entry, b: Entry) => number

/** Entries kept in order by some fields, then by id. */
export interface OrderedIndex {
  readonly fields: readonly string[]
  readonly compare: Compare
  list: Entry[]
}

/** First position, within `low` to `high`, whose entry is not below: `below` holds for a prefix of those and for nothing behind it. */
export function lowerBound(
  list: readonly Entry[],
  below: (entry: Entry) => boolean,
  low: number = 0,
  high: number = list.length,
): number {
  while (low < high) {
    const middle = (low + high) >>> 1
    if (below(list[middle] as Entry)) low = middle + 1
    else high = middle
  }
  return low
}

/** One entry's change: `undefined` for absent. */
export interface Move {
  readonly before: Entry | undefined
  readonly after: Entry | undefined
}

function move(list: Entry[], compare: Compare, { before, after }: Move): void {
  if (before) {
    const at = lowerBound(list, (entry) => compare(entry, before) < 0)
    if (list[at]?.id === before.id) list.splice(at, 1)
  }
  if (after)
    list.splice(
      lowerBound(list, (entry) => compare(entry, after) < 0),
      0,
      after,
    )
}

/** The list with the moves made. Changes `list` for a few moves; for many, one new sort is cheaper than as many splices. */
export function applyMoves(list: Entry[], compare: Compare, moves: readonly Move[]): Entry[] {
  if (moves.length < 16 + list.length / 64) {
    for (const one of moves) move(list, compare, one)
    return list
  }
  const gone = new Set(moves.map(({ before }) => before?.id))
  const kept = list.filter(({ id }) => !gone.has(id))
  const added = moves.flatMap(({ after }) => (after ? [after] : []))
  return [...kept, ...added].sort(compare)
}
