import mitt, { type Emitter } from 'mitt'
import type { Observer, SyncEvents } from '../model/events.ts'

/** Tells observers; isolates them from each other and from the engine. */
export interface Events {
  emit<E extends keyof SyncEvents>(event: E, value: SyncEvents[E]): void
  observe(observer: Observer): () => void
  /** Runs code of the app; what it throws is told as `listener:failed`, or rethrown on its own where nobody observes that. */
  guard(run: () => void): void
}

/** `uncaught` gets what a listener threw and nobody observes. */
export function createEvents(uncaught: (error: unknown) => void): Events {
  // mitt's types name a default export that NodeNext resolution does not see as callable.
  const bus = (mitt as unknown as () => Emitter<Record<string, unknown>>)()
  const failed = (error: unknown): void => {
    if (bus.all.get('listener:failed')?.length) bus.emit('listener:failed', { error })
    else uncaught(error)
  }
  const guard = (run: () => void, report = failed): void => {
    try {
      run()
    } catch (error) {
      report(error)
    }
  }
  const observe = (observer: Observer): (() => void) => {
    const handlers = Object.entries(observer).map(([name, look]) => {
      // A failing observer of failures must not be told of itself for ever.
      const report = name === 'listener:failed' ? uncaught : failed
      return [name, (event: unknown) => guard(() => look(event as never), report)] as const
    })
    for (const handler of handlers) bus.on(...handler)
    return () => {
      for (const handler of handlers) bus.off(...handler)
    }
  }
  return { emit: bus.emit as Events['emit'], observe, guard }
}
