import type { Related } from '../client/host.ts'
import { comparePlaces } from '../journal/ledger.ts'
import { edgesOf, type Shapes } from './edges.ts'
import { loaderOf } from './load.ts'
import { type Needs, needsOf } from './needs.ts'
import { orphan } from './orphan.ts'
import { release } from './release.ts'
import { type Untied, untie } from './untie.ts'

/** What relations add to a client with these collections. @throws SyncError `SYNC_CONFIG_INVALID` naming the relation */
export function relatedBy(shapes: Shapes): Related {
  const edges = edgesOf(shapes)
  const untied: Untied = { freed: new Set(), split: new Set() }
  const unlessFreed =
    (needs: Needs): Needs =>
    (queued) =>
      untied.freed.has(queued.key) ? [] : needs(queued)
  return {
    load: (shape, named) => loaderOf(shapes, shape, named),
    release: async (host, { name: collection, table }, id) => {
      const record = table.get(id)
      if (!record) return () => {}
      return release(host, edges, [{ collection, id, record }], (one) => one.collection === collection && one.id === id)
    },
    waits: (ledger) => {
      const needs = unlessFreed(needsOf(edges, ledger))
      return (queued, earlier) => needs(queued).some(({ key }) => !earlier || comparePlaces(key, queued.key) < 0)
    },
    orphan: (intake, dead) => orphan(edges, intake, dead),
    untie: (work) => untie(edges, unlessFreed(needsOf(edges, work.ledger)), untied, work),
  }
}
