import type { Env, RemoteAdapter, RemoteCapabilities } from '@rowkeep/kernel'
import type { Tab } from '../devices/tab.ts'

/** The environment of a pull of these collections, which some may not be read in; `onRefused` hears of each answer that says so. */
export type Doors = (collections: readonly string[], env: Env, onRefused: () => void) => Env

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

/** Its `pull`, with each page told to the diary, and each time that the backend would not have it read. */
const told =
  (adapter: RemoteAdapter, { name: tab, world: { loop, diary } }: Tab, doors: Doors): RemoteAdapter['pull'] =>
  async (request, context) => {
    const { user } = context
    const { collections } = request.feed
    const asked = { tab, user, collections, sentAt: loop.now, begins: request.cursor === null }
    let refused = false
    const env = doors(collections, context.env, () => {
      refused = true
    })
    try {
      const page = await adapter.pull(request, { ...context, env })
      const more = page.kind !== 'expired' && page.more
      if (!refused) diary.tell({ kind: 'pulled', ...asked, page: page.kind, more })
      return page
    } finally {
      // Whatever the adapter makes of it.
      if (refused) diary.tell({ kind: 'pullRefused', tab, user, collections })
    }
  }

/** The adapter as it is in `tab`, declaring less than it can. */
export function modest(adapter: RemoteAdapter, tab: Tab, doors: Doors): RemoteAdapter {
  const capabilities = less(adapter.capabilities)
  const pull = told(adapter, tab, doors)
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
