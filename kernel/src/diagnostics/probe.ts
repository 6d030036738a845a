import type { Host } from '../client/host.ts'
import type { LocalStore, MeasurableStore, RoomyStore } from '../contracts/local-store.ts'

/** What a store tells only when it is asked. */
export interface Probe {
  readonly driver: string | undefined
  readonly usedBytes: number | undefined
  readonly freeBytes: number | undefined
  readonly isPersisted: boolean | undefined
}

const unknown: Probe = { driver: undefined, usedBytes: undefined, freeBytes: undefined, isPersisted: undefined }

const answered = <T>(answer: PromiseSettledResult<T>): T | undefined =>
  answer.status === 'fulfilled' ? answer.value : undefined

/** Asks the store when it is first looked at, and after each cycle; a store that does not answer is one that does not know. */
export function probeOf(host: Host): () => Probe {
  let known = unknown
  let asked: unknown
  let asking: unknown
  const ask = async (): Promise<void> => {
    const opened = host.opened()
    if (!opened || asking === opened) return
    asking = opened
    const { driver } = host.store as LocalStore & { driver?(): Promise<string> }
    const { size, room } = opened.store as Partial<MeasurableStore & RoomyStore>
    const [name, bytes, place] = await Promise.allSettled([
      driver?.call(host.store),
      size?.call(opened.store),
      room?.call(opened.store),
    ])
    if (asking === opened) asking = undefined
    // What was asked of one user's data says nothing about another's.
    if (host.opened() !== opened) return
    const { usedBytes, freeBytes } = { ...answered(bytes) }
    const next: Probe = {
      driver: answered(name),
      usedBytes,
      freeBytes: freeBytes ?? answered(place)?.freeBytes,
      isPersisted: answered(place)?.isPersisted,
    }
    const isNew = JSON.stringify(next) !== JSON.stringify(known)
    known = next
    if (isNew && !host.ended.aborted) host.changed.tell(new Set())
  }
  host.events.observe({ 'sync:finished': () => void ask() })
  return () => {
    const opened = host.opened()
    if (asked !== opened) {
      asked = opened
      known = unknown
      void ask()
    }
    return known
  }
}
