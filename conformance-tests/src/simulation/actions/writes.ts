import type { ActKind } from './act.ts'
import { someRecord, writing } from './writing.ts'

/** Creates the record, or writes its title where it is there. */
export const save: ActKind = {
  weight: 12,
  make: someRecord,
  run: (device, step) =>
    writing(device, step, async ({ rows, collection, id, word, begin, stays }) => {
      const before = await rows.read(id)
      if (!stays()) return
      const write = begin({ collection, id, kind: before ? 'update' : 'create', fields: { title: word } })
      await (before ? rows.update(id, { title: word }) : rows.create({ id, title: word }))
      write.accepted()
    }),
}

/** Appends to the tags of the record; only the device that it belongs to does. */
export const append: ActKind = {
  weight: 9,
  make: someRecord,
  run: (device, step) =>
    writing(device, step, async ({ rows, collection, user, word, begin, stays }) => {
      const id = `${user}-of-${device.name}`
      const before = await rows.read(id)
      if (!stays()) return
      const write = begin({ collection, id, kind: before ? 'update' : 'create', fields: {}, tag: word })
      if (before) {
        await rows.update(id, (draft) => {
          draft.tags = [...(draft.tags ?? []), word]
        })
      } else await rows.create({ id, tags: [word] })
      write.accepted()
    }),
}

/** Deletes the record; where that takes other records along, these too. */
export const remove: ActKind = {
  weight: 3,
  make: someRecord,
  run: (device, step) =>
    writing(device, step, async ({ client, rows, collection, id, begin, stays }) => {
      const notes = client.collections.notes
      const isThere = await rows.read(id)
      const alongWith = device.world.history.setup.relations && collection === 'tasks'
      const also = alongWith ? await notes.query({ where: { title: id } }) : []
      if (!isThere || !stays()) return
      const write = begin({ collection, id, kind: 'delete', fields: {} })
      for (const [at, note] of also.entries())
        begin({ collection: 'notes', id: note.id, kind: 'delete', fields: {} }, at + 1)
      await rows.delete(id)
      write.accepted()
    }),
}

/** Makes a note that refers to a task, and the task before it where there is none. */
export const refer: ActKind = {
  weight: 4,
  make: (random, setup) => ({ ...someRecord(random, setup), child: Math.floor(random('child') * 4) }),
  run(device, step) {
    if (!device.world.history.setup.relations) return 'skipped'
    return writing(device, step, async ({ client, act, user, id, word, begin, stays }) => {
      const { tasks, notes } = client.collections
      const child = `${user}-child-${act['child'] as number}`
      const [parent, before] = [await tasks.read(id), await notes.read(child)]
      if (!stays()) return
      const made = parent ? undefined : begin({ collection: 'tasks', id, kind: 'create', fields: { title: word } })
      const creating = made && tasks.create({ id, title: word }).then(made.accepted, made.refused)
      const write = begin({ collection: 'notes', id: child, kind: before ? 'update' : 'create', fields: {} }, 1)
      await (before ? notes.update(child, { title: id }) : notes.create({ id: child, title: id }))
      write.accepted()
      await creating
    })
  },
}
