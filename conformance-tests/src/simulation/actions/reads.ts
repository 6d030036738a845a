import type { Watch } from '@rowkeep/kernel'
import { health, recordState } from '@rowkeep/kernel/diagnostics'
import { conflicts, quarantine } from '@rowkeep/kernel/inbox'
import { readPage, watchCount, watchPage } from '@rowkeep/kernel/pages'
import { fetch, type ReadStrategy } from '@rowkeep/kernel/remote-query'
import type { AppClient, Collection } from '../devices/app.ts'
import { pick } from '../time/chance.ts'
import type { ActKind } from './act.ts'
import { someRecord, writing } from './writing.ts'

/** Everything there is to look at, for one collection and one record. */
function watchesOf(client: AppClient, collection: Collection, id: string): Readonly<Record<string, Watch<unknown>>> {
  const rows = client.collections[collection]
  const query = { orderBy: { title: 'desc' }, limit: 2 } as const
  return {
    watchAll: rows.watchAll(),
    watchById: rows.watchById(id),
    watchQuery: rows.watchQuery({ ...query, where: { done: false } }),
    watchPage: watchPage(rows, query),
    watchCount: watchCount(rows, { where: { done: true } }),
    health: health(client),
    recordState: recordState(rows, id),
    conflicts: conflicts(client),
    quarantine: quarantine(client),
  }
}

/** Somebody looks at everything for a while. That changes nothing, and so it leaves no mark in anybody's chances. */
export const look: ActKind = {
  weight: 2,
  make: (random, setup) => ({ ...someRecord(random, setup), ms: Math.floor(random('ms') * 4_000) }),
  run(device, { id, act }) {
    const tab = device.tabBy(device.world.chance('tab', id))
    if (!tab?.client) return 'skipped'
    const { diary, loop } = tab.world
    const all = watchesOf(tab.client, act['collection'] as Collection, `${tab.user}-${act['record'] as number}`)
    let isOver = false
    const ends = Object.entries(all).map(([what, watch]) =>
      watch.subscribe(() => {
        if (isOver) diary.tell({ kind: 'heardLate', tab: tab.name, what })
      }),
    )
    loop.plan(act['ms'] as number, `look away ${id}`, () => {
      if (!tab.usable) return
      isOver = true
      for (const end of ends) end()
    })
    return undefined
  },
}

/** Somebody reads, by pages, and by asking the server too where it answers queries. */
export const ask: ActKind = {
  weight: 1.5,
  make: (random, setup) => ({
    ...someRecord(random, setup),
    strategy: pick(['localOnly', 'localFirst', 'remoteFirst', 'remoteOnly'], random('strategy')),
  }),
  run: (device, step) =>
    writing(device, step, async ({ tab, rows, act }) => {
      const query = { orderBy: { title: 'asc' }, limit: 2 } as const
      const { after } = await readPage(rows, query)
      await readPage(rows, { ...query, after })
      const strategy = act['strategy'] as ReadStrategy
      if (strategy === 'localOnly' || 'query' in tab.remote) await tab.call('fetch', fetch(rows, query, { strategy }))
    }),
}
