import { transaction } from '@rowkeep/kernel/transactions'
import type { ActKind } from './act.ts'
import { writing } from './writing.ts'

/** Writes one word to the titles of a task and a note that nothing else writes: one without the other shows. */
export const transfer: ActKind = {
  weight: 4,
  make: (random) => ({ collection: 'tasks', record: Math.floor(random('record') * 2) }),
  run: (device, step) =>
    writing(device, step, async ({ client, tab, act, user, word, begin }) => {
      if (tab.remote.capabilities.atomicity !== 'batch') return
      const id = `${user}-pair-${act['record'] as number}`
      const both = (['tasks', 'notes'] as const).map((collection, at) =>
        begin({ collection, id, kind: 'update', fields: { title: word } }, at),
      )
      await transaction(client, async (tx) => {
        await tx.tasks.save({ id, title: word })
        await tx.notes.save({ id, title: word })
      })
      for (const write of both) write.accepted()
    }),
}
