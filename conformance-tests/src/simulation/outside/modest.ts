import type { RemoteAdapter, RemoteCapabilities } from '@rowkeep/kernel'

/** Small pages and requests, so that a fault can come between two of them; and no channel, since time stands still for answers. */
const less = ({ limits, ...rest }: RemoteCapabilities): RemoteCapabilities =>
  Object.freeze({
    ...rest,
    live: 'none',
    limits: Object.freeze({
      ...limits,
      operations: Math.min(limits.operations, 3),
      pageRows: Math.min(limits.pageRows, 4),
    }),
  })

/** The adapter, declaring less than it can. */
export function modest(adapter: RemoteAdapter): RemoteAdapter {
  const capabilities = less(adapter.capabilities)
  // Not a copy: an adapter may be an object with private parts, and has its optional interfaces or not.
  return new Proxy({} as RemoteAdapter, {
    has: (_, name) => name !== 'subscribe' && name in adapter,
    get(_, name) {
      if (name === 'capabilities') return capabilities
      if (name === 'subscribe') return undefined
      const value: unknown = Reflect.get(adapter, name, adapter)
      return typeof value === 'function' ? (value.bind(adapter) as unknown) : value
    },
  })
}
