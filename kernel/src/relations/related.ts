import type { Related } from '../client/host.ts'
import { comparePlaces } from '../journal/ledger.ts'
import { viewOf } from '../journal/view.ts'
import { recordKey } from '../model/identity.ts'
import { edgesOf, type Shapes } from './edges.ts'
import { loaderOf } from './load.ts'
import { inOrder, type Needs, needsOf, standsAlone } from './needs.ts'
import { orphan } from './orphan.ts'
import type { Located } from './plan.ts'
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
    load: (shape, named, operators) => loaderOf({ shapes, operators }, shape, named),
    release: async (host, { name: collection, table }, id, shown) => {
      const record = shown ? viewOf(shown, recordKey(collection, id)) : table.get(id)
      if (!record) return () => {}
      const spared = (one: Located): boolean => one.collection === collection && one.id === id
      return release(host, edges, [{ collection, id, record }], spared, shown)
    },
    waits: (ledger) => {
      const needs = unlessFreed(needsOf(edges, ledger))
      return (queued, earlier) => needs(queued).some((one) => !earlier || comparePlaces(one, queued) < 0)
    },
    inOrder: (ledger) => inOrder(edges, ledger),
    standsAlone: (reader, step) => standsAlone(edges, reader, step),
    orphan: (taking, dead) => orphan(edges, taking, dead),
    untie: (work) => untie(edges, unlessFreed(needsOf(edges, work.ledger)), untied, work),
  }
}
