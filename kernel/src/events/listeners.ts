/** Listeners of one thing. */
export interface Listeners<T> {
  tell(value: T): void
  /** The result takes the listener back. */
  add(listener: (value: T) => void): () => void
}

/** A list of listeners. One that was taken back is not told any more, also in the middle of a round. */
export function listenersOf<T>(): Listeners<T> {
  const all = new Set<(value: T) => void>()
  return {
    tell: (value) => {
      for (const listener of all) listener(value)
    },
    add: (listener) => {
      // A function of its own, so that the same listener may be added twice.
      const mine = (value: T): void => listener(value)
      all.add(mine)
      return () => all.delete(mine)
    },
  }
}
