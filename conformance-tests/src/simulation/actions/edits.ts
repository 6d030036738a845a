import { isSyncError } from '@rowkeep/kernel'
import type { ActKind } from './act.ts'
import { type Scene, someRecord, writing } from './writing.ts'

/** Changes fields beside the title, in a draft. */
export const edit: ActKind = {
  weight: 3,
  make: someRecord,
  run: (device, step) =>
    writing(device, step, async ({ rows, collection, id, begin, stays }) => {
      if (!(await rows.read(id)) || !stays()) return
      const write = begin({ collection, id, kind: 'update', fields: { n: step.id } })
      await rows.update(id, (draft) => {
        draft.n = step.id
        draft.done = !draft.done
      })
      write.accepted()
    }),
}

/** Puts a whole record, there or not, that lacks what it had beside its title. */
export const put: ActKind = {
  weight: 3,
  make: someRecord,
  run: (device, step) =>
    writing(device, step, async ({ rows, collection, id, word, begin, stays }) => {
      const before = await rows.read(id)
      if (!stays()) return
      const write = begin({ collection, id, kind: before ? 'update' : 'create', fields: { title: word } })
      await rows.save({ id, title: word, n: step.id })
      write.accepted()
    }),
}

/** Adds several records as one commit. */
export const createMany: ActKind = {
  weight: 2,
  make: (random, setup) => ({ ...someRecord(random, setup), count: 2 + Math.floor(random('count') * 3) }),
  run: (device, step) =>
    writing(device, step, async ({ rows, act, collection, user, word, begin }) => {
      const drafts = Array.from({ length: act['count'] as number }, (_, at) => ({
        id: `${user}-${word}-${at}`,
        title: `${word}.${at}`,
      }))
      const all = drafts.map(({ id, title }, at) => begin({ collection, id, kind: 'create', fields: { title } }, at))
      await rows.createMany(drafts)
      for (const write of all) write.accepted()
    }),
}

/** Several edits of one record in one tick: while the first one is being committed, too. */
export const burst: ActKind = {
  weight: 3,
  make: (random, setup) => ({ ...someRecord(random, setup), count: 3 + Math.floor(random('count') * 4) }),
  run: (device, step) =>
    writing(device, step, async ({ rows, act, collection, id, word, begin, stays }) => {
      if (!(await rows.read(id)) || !stays()) return
      const all = Array.from({ length: act['count'] as number }, async (_, at) => {
        const write = begin({ collection, id, kind: 'update', fields: { title: `${word}.${at}` } }, at)
        await rows.update(id, { title: `${word}.${at}` }).then(write.accepted, write.refused)
      })
      await Promise.all(all)
    }),
}

/** Deletes a record and makes it anew under the same id, without waiting in between. */
export const recreate: ActKind = {
  weight: 2,
  make: someRecord,
  run: (device, step) =>
    writing(device, step, async ({ rows, collection, id, word, begin, stays }) => {
      if (!(await rows.read(id)) || !stays()) return
      const gone = begin({ collection, id, kind: 'delete', fields: {} })
      const deleted = rows.delete(id).then(gone.accepted, gone.refused)
      const made = begin({ collection, id, kind: 'create', fields: { title: word } }, 1)
      await rows.create({ id, title: word }).then(made.accepted, made.refused)
      await deleted
    }),
}

/** Writes only if the title is still what it was, here and on the server. */
export const conditional: ActKind = {
  weight: 2,
  make: someRecord,
  run: (device, step) =>
    writing(device, step, async ({ tab, rows, collection, id, word, begin, stays }) => {
      const before = await rows.read(id)
      const { conditions } = tab.remote.capabilities
      if (!before || before.title === undefined || !conditions.includes('eq') || !stays()) return
      const write = begin({ collection, id, kind: 'update', fields: { title: word }, where: before.title })
      await rows.update(id, { title: word }, { where: { title: before.title } })
      write.accepted()
    }),
}

/** Writes for a title that the record does not have. */
export const conditionalMissed: ActKind = {
  weight: 2,
  make: someRecord,
  run: (device, step) =>
    writing(device, step, async ({ tab, rows, collection, id, word, begin, stays }) => {
      const before = await rows.read(id)
      if (!before || !tab.remote.capabilities.conditions.includes('eq') || !stays()) return
      const where = `not of ${word}`
      const write = begin({ collection, id, kind: 'update', fields: { title: word }, where })
      await rows.update(id, { title: word }, { where: { title: where } })
      write.accepted()
    }),
}

/** Whether such a write was refused at the call; else it is stored, and how it ends is another matter. */
const isRefused = (error: unknown): boolean =>
  (['SYNC_NETWORK', 'SYNC_INPUT_INVALID', 'SYNC_ABORTED', 'SYNC_CLOSED'] as const).some((code) =>
    isSyncError(error, code),
  )

/** Writes what has to reach the server before it counts. */
export const remoteFirst: ActKind = {
  weight: 2,
  make: someRecord,
  run: (device, step) =>
    writing(device, step, async ({ tab, rows, collection, id, word, begin, stays }: Scene) => {
      const before = await rows.read(id)
      if (!stays()) return
      const write = begin({ collection, id, kind: before ? 'update' : 'create', fields: { title: word } })
      device.world.diary.tell({ kind: 'called', tab: tab.name, what: 'remoteFirst' })
      try {
        await rows.save({ ...before, id, title: word }, { strategy: 'remoteFirst' })
        write.accepted()
      } catch (error) {
        if (isRefused(error)) write.refused(error)
        else device.world.diary.count('remoteFirstOpen')
      }
    }),
}

/** Text that has meaning to somebody on the way. */
const hostile: readonly string[] = [
  '__proto__',
  'constructor',
  "'; drop table tasks; --",
  'a/b/../c',
  '%2e%2e%2f',
  '\\ " \n \t',
  'a\u0000b',
  '\ud800',
  '\u202e\ufeff é 𝒳',
  '{"$ref":"#"}',
  '=1+1',
  'x'.repeat(20_000),
]

/** Writes a record whose id and title are such text; what cannot be stored is refused at the call. */
export const hostileText: ActKind = {
  weight: 1.5,
  make: (random, setup) => ({
    ...someRecord(random, setup),
    id: Math.floor(random('id') * hostile.length),
    title: Math.floor(random('title') * hostile.length),
  }),
  run: (device, step) =>
    writing(device, step, async ({ rows, act, collection, user, word, begin }) => {
      const id = `${user}-${(hostile[act['id'] as number] ?? '').slice(0, 200)}`
      const title = `${word} ${hostile[act['title'] as number]}`
      const write = begin({ collection, id, kind: 'create', fields: { title } })
      await rows.save({ id, title })
      write.accepted()
    }),
}

/** Waits for the end of the newest write to the record. */
export const settled: ActKind = {
  weight: 1.5,
  make: someRecord,
  run: (device, step) =>
    writing(device, step, async ({ tab, rows, id }) => {
      await tab.call('settled', rows.settled(id))
    }),
}
