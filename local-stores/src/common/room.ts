import type { RoomyStore } from '@rowkeep/kernel'

/**
 * What a browser tells of the origin's storage: how much of it is free, and whether it promised to keep it (WHATWG Storage Standard,
 * section 7). `undefined` where it tells nothing.
 */
export function roomOfOrigin(): RoomyStore['room'] | undefined {
  const storage = (globalThis as { navigator?: Partial<Pick<Navigator, 'storage'>> }).navigator?.storage
  if (!storage?.estimate) return undefined
  return async () => {
    const { usage = 0, quota } = await storage.estimate()
    const freeBytes = quota === undefined ? undefined : Math.max(0, quota - usage)
    return { freeBytes, isPersisted: await storage.persisted?.() }
  }
}
