/** Positions in a feed. */
export interface ModelClock {
  /** The newest position given out. */
  readonly head: number
  /** The position of a write now. */
  tick(): number
}

/**
 * A clock whose positions never repeat, or a coarse one: writes begun in the same turn of the event loop share a position,
 * as rows of one transaction or of one millisecond share a stamp.
 */
export function modelClock(coarse: boolean): ModelClock {
  let head = 0
  let same = false
  return {
    get head() {
      return head
    },
    tick() {
      if (!same) head += 1
      if (coarse && !same) {
        same = true
        queueMicrotask(() => {
          same = false
        })
      }
      return head
    },
  }
}
