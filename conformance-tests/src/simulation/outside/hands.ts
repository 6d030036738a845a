import type { Backend } from '../../harness.ts'
import type { Row } from '../devices/app.ts'
import type { Site } from '../servers/site.ts'
import type { World } from '../world.ts'
import type { DoubleSite } from './double-site.ts'

type Hands = Pick<Site, 'evict' | 'readmit' | 'expire' | 'restore' | 'forbid'>

/** Rows leave the scope and come back, where the adapter says that it is told of it. */
function moving({ loop }: World, backend: Backend, site: DoubleSite): Pick<Hands, 'evict' | 'readmit'> {
  const { evict } = backend
  if (!evict) return {}
  const away = new Map<string, Row>()
  return {
    async evict(user, collection, id) {
      const row = (await site.rows(user, collection)).get(id)
      if (!row || site.capabilities.deletes !== 'tombstone+eviction') return
      away.set(`${collection}/${id}`, row)
      await loop.foreign(evict.call(backend, collection, id))
      await site.look()
    },
    // To write it is what brings it back.
    async readmit(user, collection, id) {
      const row = away.get(`${collection}/${id}`)
      if (row && away.delete(`${collection}/${id}`)) await site.write(user, collection, row)
    },
  }
}

/** What only some doubles can do behind the adapter's back. */
export function handsOf(world: World, backend: Backend, site: DoubleSite): Hands {
  const { loop, diary } = world
  const { expire, restore, forbid } = backend
  return {
    ...moving(world, backend, site),
    ...(expire && {
      async expire() {
        if (site.capabilities.expiry === 'signalled') await loop.foreign(expire.call(backend))
      },
    }),
    ...(restore && {
      // A double goes back to nothing; its history has another name from now on.
      async restore() {
        await loop.foreign(restore.call(backend))
        diary.tell({ kind: 'restored', takenBack: [] })
      },
    }),
    ...(forbid && {
      // In the words of the backend, whatever the code.
      forbid: (_user, collection, id) => loop.foreign(forbid.call(backend, collection, id)),
    }),
  }
}
