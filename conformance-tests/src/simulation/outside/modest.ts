import type { RemoteAdapter, RemoteCapabilities } from '@rowkeep/kernel'
import type { Tab } from '../devices/tab.ts'

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

/** Its `pull`, with each page told to the diary. */
const told =
  (adapter: RemoteAdapter, { name: tab, world: { loop, diary } }: Tab): RemoteAdapter['pull'] =>
  async (request, context) => {
    const { user } = context
    const asked = {
      tab,
      user,
      collections: request.feed.collections,
      sentAt: loop.now,
      begins: request.cursor === null,
    }
    const page = await adapter.pull(request, context)
    diary.tell({ kind: 'pulled', ...asked, page: page.kind, more: page.kind !== 'expired' && page.more })
    return page
  }

/** The adapter as it is in `tab`, declaring less than it can. */
export function modest(adapter: RemoteAdapter, tab: Tab): RemoteAdapter {
  const capabilities = less(adapter.capabilities)
  const pull = told(adapter, tab)
  // Not a copy: an adapter may be an object with private parts, and has its optional interfaces or not.
  return new Proxy({} as RemoteAdapter, {
    has: (_, name) => name !== 'subscribe' && name in adapter,
    get(_, name) {
      if (name === 'capabilities') return capabilities
      if (name === 'pull') return pull
      if (name === 'subscribe') return undefined
      const value: unknown = Reflect.get(adapter, name, adapter)
      return typeof value === 'function' ? (value.bind(adapter) as unknown) : value
    },
  })
}
