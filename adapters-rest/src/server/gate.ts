/** Counts what is under way, up to a bound, until it is shut. */
export interface Gate {
  /** Lets one in: the result is to be called once when it is done. `undefined`: full or shut. */
  enter(): (() => void) | undefined
  /** Lets nobody in any more; resolves when the last one is done. */
  shut(): Promise<void>
  /** Whether it has been shut. */
  readonly isShut: boolean
}

/** An open gate for at most `most` at a time. */
export function createGate(most: number): Gate {
  let inside = 0
  let isShut = false
  const waiting: (() => void)[] = []
  const leave = (): void => {
    inside -= 1
    if (inside === 0) for (const tell of waiting.splice(0)) tell()
  }
  return {
    get isShut(): boolean {
      return isShut
    },
    enter() {
      if (isShut || inside >= most) return undefined
      inside += 1
      return leave
    },
    async shut() {
      isShut = true
      if (inside > 0) await new Promise<void>((resolve) => waiting.push(resolve))
    },
  }
}
