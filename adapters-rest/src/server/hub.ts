/** Who listens for whose changes, in this process. */
export interface Hub {
  /** Calls `listener` after each change of the user's feed in one of the collections; the result ends it. */
  listen(user: string, collections: ReadonlySet<string>, listener: () => void): () => void
  /** Tells of a change. `undefined`: in any collection. */
  poke(user: string, collections?: Iterable<string>): void
}

interface Seat {
  readonly collections: ReadonlySet<string>
  readonly listener: () => void
}

/** An empty hub. */
export function createHub(): Hub {
  const seats = new Map<string, Set<Seat>>()
  return {
    listen(user, collections, listener) {
      const seat = { collections, listener }
      const mine = seats.get(user) ?? new Set()
      seats.set(user, mine.add(seat))
      return () => {
        mine.delete(seat)
        if (mine.size === 0 && seats.get(user) === mine) seats.delete(user)
      }
    },
    poke(user, collections) {
      const changed = collections && [...collections]
      for (const seat of seats.get(user) ?? []) {
        if (changed === undefined || changed.some((name) => seat.collections.has(name))) seat.listener()
      }
    },
  }
}
