import type { RemoteAdapter, RemoteCapabilities } from '@rowkeep/kernel'

/** What the device is doing with the remote. */
export type Column = 'push' | 'pull' | 'live'

/** The calls of one adapter that have not ended. */
export interface Calls {
  /** What is under way; `live` where no call is: a subscription's own traffic. */
  now(): Column
  open(): number
  /** Calls begun so far. */
  begun(): number
}

const pulls: readonly PropertyKey[] = ['pull', 'keys', 'same', 'feeds']

/** The adapter as it is, its calls counted; `changed` replaces what it declares. */
export function counted(
  adapter: RemoteAdapter,
  changed: (capabilities: RemoteCapabilities) => RemoteCapabilities,
): { readonly remote: RemoteAdapter; readonly calls: Calls } {
  const running = { push: 0, pull: 0 }
  let begun = 0
  const capabilities = changed(adapter.capabilities)
  const counting =
    (column: 'push' | 'pull', call: (...args: unknown[]) => Promise<unknown>) =>
    async (...args: unknown[]): Promise<unknown> => {
      running[column] += 1
      begun += 1
      try {
        return await call.apply(adapter, args)
      } finally {
        running[column] -= 1
      }
    }
  // Not a copy: an adapter may be an object with private parts, and has its optional interfaces or not.
  const remote = new Proxy({} as RemoteAdapter, {
    has: (_, name) => name in adapter,
    get(_, name) {
      const value: unknown = Reflect.get(adapter, name, adapter)
      if (name === 'capabilities') return capabilities
      if (typeof value !== 'function') return value
      if (name === 'push' || name === 'refresh') return counting('push', value as never)
      if (pulls.includes(name)) return counting('pull', value as never)
      return value.bind(adapter) as unknown
    },
  })
  return {
    remote,
    calls: {
      now: () => (running.push > 0 ? 'push' : running.pull > 0 ? 'pull' : 'live'),
      open: () => running.push + running.pull,
      begun: () => begun,
    },
  }
}
