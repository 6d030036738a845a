import { onAbort } from '../errors/deadline.ts'

/** Ends a subscription; callable, and an object with `unsubscribe`, so that it fits every framework. */
export type Unsubscribe = (() => void) & { unsubscribe(): void }

/**
 * A live value: read it now, be told of changes, or iterate. Iteration gives the newest value and may pass over values in
 * between. Equal queries share one Watch, so it is safe to build in a render.
 */
export interface Watch<T> extends AsyncIterable<T> {
  /** Latest value; `undefined` until local data is loaded. The same object while nothing changed. */
  readonly getSnapshot: () => T | undefined
  /** Calls at once when loaded, then on each change. */
  readonly subscribe: (listener: (value: T) => void) => Unsubscribe
}

/** What a {@link Watch} shows. */
export interface Source<T> {
  /** `undefined`: not loaded yet. The same object while nothing changed. */
  read(): T | undefined
  /** Starts following: `changed` is called after every change; the result stops. */
  follow(changed: () => void): () => void
  /** Runs a listener of the app. */
  guard(run: () => void): void
  /** Aborts when the source is gone for good; ends iterations. */
  readonly ended: AbortSignal
}

/** The one maker of live values. Follows its source only while somebody listens. */
export function watchOf<T>(source: Source<T>): Watch<T> {
  const listeners = new Set<() => void>()
  let stop: (() => void) | undefined
  // One that leaves meanwhile is told no more, and all see the newest value, never an older one after it.
  const tell = (): void => {
    for (const look of listeners) look()
  }
  const subscribe = (listener: (value: T) => void): Unsubscribe => {
    let last: T | undefined
    const look = (): void => {
      const value = source.read()
      if (value === undefined || value === last || source.ended.aborted) return
      last = value
      source.guard(() => listener(value))
    }
    listeners.add(look)
    stop ??= source.follow(tell)
    look()
    const end = (): void => {
      listeners.delete(look)
      if (listeners.size > 0) return
      stop?.()
      stop = undefined
    }
    return Object.assign(end, { unsubscribe: end })
  }
  return { getSnapshot: () => source.read(), subscribe, [Symbol.asyncIterator]: () => iterate(source, subscribe) }
}

/** The newest value each time, until the source ends or the loop is left; leaving it wakes a `next()` under way. */
function iterate<T>({ ended }: Source<T>, subscribe: Watch<T>['subscribe']): AsyncIterator<T> {
  let newest: T | undefined
  let over = false
  const waiting: (() => void)[] = []
  const wake = (): void => {
    for (const go of waiting.splice(0)) go()
  }
  const unsubscribe = subscribe((value) => {
    newest = value
    wake()
  })
  const finish = (): void => {
    over = true
    newest = undefined
    forget()
    unsubscribe()
    wake()
  }
  const forget = onAbort(ended, finish)
  if (ended.aborted) finish()
  const next = async (): Promise<IteratorResult<T, undefined>> => {
    while (newest === undefined && !over) await new Promise<void>((resolve) => waiting.push(resolve))
    const value = newest
    newest = undefined
    return { done: over, value } as IteratorResult<T, undefined>
  }
  return {
    next,
    return: () => {
      finish()
      return next()
    },
  }
}
