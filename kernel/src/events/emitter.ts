import mitt, { type Emitter, type Handler } from 'mitt'
import type { Observer, SyncEvents } from '../model/events.ts'

/** Tells observers; isolates them from each other and from the engine. */
export interface Events {
  emit<E extends keyof SyncEvents>(event: E, value: SyncEvents[E]): void
  observe(observer: Observer): () => void
  /** Runs code of the app; what it throws goes to `listener:failed`. */
  guard(run: () => void): void
}

type Bus = { [E in keyof SyncEvents]: SyncEvents[E] }

/** `uncaught` gets a listener's error that nobody observes. */
export function createEvents(uncaught: (error: unknown) => void): Events {
  // mitt's types name a default export that NodeNext resolution does not see as callable.
  const bus = (mitt as unknown as () => Emitter<Bus>)()
  const failed = (error: unknown): void => {
    if (bus.all.get('listener:failed')?.length) bus.emit('listener:failed', { error })
    else uncaught(error)
  }
  const guard = (run: () => void): void => {
    try {
      run()
    } catch (error) {
      failed(error)
    }
  }
  const observe = (observer: Observer): (() => void) => {
    const names = Object.keys(observer) as (keyof SyncEvents)[]
    const undo = names.map((name) => {
      const look = observer[name] as ((event: unknown) => void) | undefined
      const handler: Handler<SyncEvents[keyof SyncEvents]> = (event) => {
        // A failing observer of failures must not call itself for ever.
        if (name === 'listener:failed') look?.(event)
        else guard(() => look?.(event))
      }
      bus.on(name, handler as never)
      return () => bus.off(name, handler as never)
    })
    return () => {
      for (const off of undo) off()
    }
  }
  return { emit: (event, value) => bus.emit(event, value), observe, guard }
}
