import type { Chapter } from '../chapter.ts'
import type { Stage } from '../stage.ts'

async function five({ write }: Stage): Promise<void> {
  for (const n of [1, 2, 3, 4, 5]) {
    await write('notes', { id: `n${n}`, title: `note ${n}`, done: n % 2 === 0, n, tags: ['a', `t${n}`] })
  }
}

/** What the official client sends where our adapter reads. */
export const reading: readonly Chapter[] = [
  {
    about: 'listings page by page, with counts',
    async play(stage) {
      await stage.device().run()
      await five(stage)
      for (const limit of [1, 2, 5, 100]) await stage.device().run(null, { limit })
    },
  },
  {
    about: 'changes since a cursor, page by page, deletions among them',
    async play(stage) {
      await five(stage)
      const device = stage.device()
      const cursor = await device.run()
      await device.run(cursor)
      await stage.write('notes', { id: 'n2', title: 'second', n: null })
      await stage.write('notes', { id: 'n6', title: 'sixth' })
      await stage.remove('notes', 'n3')
      await stage.evict('n4')
      for (const limit of [100, 2]) await device.run(cursor, { limit })
    },
  },
  {
    about: 'listings of what a filter lets through',
    async play(stage) {
      await five(stage)
      await stage.write('notes', { id: 'n7', title: 'a, b (c) d', done: null })
      const device = stage.device()
      const values = ['note 2', 'a, b (c) d', '', 'null', null, true, 3, -0.5] as const
      for (const value of values) {
        const field = typeof value === 'boolean' ? 'done' : typeof value === 'number' ? 'n' : 'title'
        await device.run(null, { filter: { field, is: 'eq', value } })
        await device.run(null, { filter: { field, is: 'ne', value } })
      }
      await device.run(null, { filter: { field: 'title', is: 'in', value: ['note 1', 'x', null] } })
      await device.run(null, {
        filter: {
          any: [
            { field: 'n', is: 'gt', value: 4 },
            { field: 'done', is: 'isNull', value: true },
          ],
        },
      })
      const cursor = await device.run(null, { filter: { not: { field: 'title', is: 'eq', value: 'note 1' } } })
      await device.run(cursor, { filter: { not: { field: 'title', is: 'eq', value: 'note 1' } } })
    },
  },
  {
    about: 'each user reads his own rows, nobody else any',
    async play(stage) {
      await five(stage)
      await stage.device('bob').push('create', 'b1', { change: { set: { title: 'of bob' } } })
      await stage.device('bob').run()
      await stage.device('ada').run()
      await stage.device('ada', 'token-of-nobody').run()
      await stage.device('ada', 'token-of-nobody').push('create', 'x1', { change: { set: { title: 'x' } } })
    },
  },
  {
    about: 'a table and a column that are not there',
    async play(stage) {
      await stage.device().run(null, { collection: 'nothing' })
      await stage.device().push('create', 'x', { collection: 'nothing', change: { set: { title: 'x' } } })
      await stage.device().push('create', 'x', { change: { set: { colour: 'red' } } })
      await stage.write('notes', { id: 'n1', title: 'x' })
      await stage.device().push('update', 'n1', { change: { set: { colour: 'red' } } })
      await stage.device().run(null, { filter: { field: 'colour', is: 'eq', value: 'red' } })
    },
  },
]
