import { conflicts, quarantine } from '@rowkeep/kernel/inbox'
import type { Collection, Row } from '../devices/app.ts'
import { pick } from '../time/chance.ts'
import type { ActKind } from './act.ts'
import { writing } from './writing.ts'

/** Somebody decides a conflict of the inbox. */
export const decide: ActKind = {
  weight: 3,
  make: (random) => ({
    how: pick(['local', 'local', 'remote', 'delete', 'own'], random('how')),
    which: random('which'),
  }),
  run: (device, step) =>
    writing(device, step, async ({ client, tab, act, word }) => {
      const inbox = conflicts(client)
      const entry = pick(inbox.getSnapshot() ?? [], act['which'] as number)
      if (!entry) return
      const { id, collection, recordId, bystander, local, remote } = entry
      const how = bystander ? 'local' : (act['how'] as 'local')
      const own = { ...(local ?? remote), id: recordId, title: word } as unknown as Row
      tab.world.diary.tell({
        kind: 'resolved',
        tab: tab.name,
        collection: collection as Collection,
        id: recordId,
        how,
        word,
      })
      await tab.call('resolve', inbox.resolve(id, (how as string) === 'own' ? own : how))
    }),
}

/** Somebody sends a refused write again, or gives it up. */
export const correct: ActKind = {
  weight: 2,
  make: (random) => ({ again: random('again') < 0.5, which: random('which') }),
  run: (device, step) =>
    writing(device, step, async ({ client, tab, act }) => {
      const shelf = quarantine(client)
      const entry = pick(shelf.getSnapshot() ?? [], act['which'] as number)
      if (!entry) return
      const all = [entry, ...entry.others].map(({ collection, recordId }) => ({
        collection: collection as Collection,
        id: recordId,
      }))
      const again = act['again'] === true
      tab.world.diary.tell({ kind: again ? 'requeued' : 'discarded', tab: tab.name, records: all })
      await tab.call(again ? 'requeue' : 'discard', again ? shelf.requeue(entry.id) : shelf.discard(entry.id))
    }),
}
