import type { JsonObject } from '@rowkeep/kernel'
import type { Chapter } from '../chapter.ts'

const title = (text: string): { readonly change: { readonly set: JsonObject } } => ({
  change: { set: { title: text } },
})

/** What the official client sends where our adapter writes. */
export const writing: readonly Chapter[] = [
  {
    about: 'creates: of all columns, of few, twice, over a deleted row, over a row of another user',
    async play({ device, write, remove, evict }) {
      const ada = device()
      await ada.push('create', 'n1', { change: { set: { title: 'x', done: true, n: 1.5, tags: ['a', 'b'] } } })
      await ada.push('create', 'n2')
      await ada.push('create', 'n2', { ...title('again'), resend: true })
      await write('notes', { id: 'n3', title: 'buried', n: 3, done: true })
      await remove('notes', 'n3')
      await ada.push('create', 'n3', title('risen'))
      await write('notes', { id: 'n4', title: 'gone' })
      await evict('n4')
      await ada.push('create', 'n4', title('mine'))
      await device('bob').push('create', 'n1', title('of bob'))
      await ada.push('create', 't1', { collection: 'tasks', change: { set: { title: 't', place: 'here' } } })
      await ada.run()
    },
  },
  {
    about: 'updates: for the version seen, for an old one, for any, of nothing, of what is not there',
    async play({ device, write, remove, evict }) {
      await write('notes', { id: 'n1', title: 'first', n: 1, tags: ['a'] })
      await write('notes', { id: 'n2', title: 'second' })
      const ada = device()
      await ada.run()
      const old = ada.revision('n1')
      await ada.push('update', 'n1', { ...title('mine'), expected: old })
      await ada.push('update', 'n1', { ...title('late'), expected: old })
      await ada.push('update', 'n1', { ...title('late'), expected: old, resend: true })
      await ada.push('update', 'n1', { change: { unset: ['n', 'tags'] }, expected: ada.revision('n1') })
      await ada.push('update', 'n1', { change: {}, expected: ada.revision('n1') })
      await ada.push('update', 'n1', title('any version'))
      await ada.push('update', 'no-such-row', { ...title('x'), expected: old })
      await device('bob').push('update', 'n1', title('of bob'))
      const second = ada.revision('n2')
      await remove('notes', 'n2')
      await ada.push('update', 'n2', { ...title('late'), expected: second })
      await evict('n1')
      await ada.push('update', 'n1', { ...title('late'), expected: ada.revision('n1') })
      await ada.run()
    },
  },
  {
    about: 'deletes: for the version seen, for an old one, twice, of what is not there',
    async play({ device, write }) {
      for (const id of ['n1', 'n2']) await write('notes', { id, title: id })
      const ada = device()
      await ada.run()
      const [first, second] = [ada.revision('n1'), ada.revision('n2')]
      await write('notes', { id: 'n1', title: 'moved on' })
      await ada.push('delete', 'n1', { expected: first })
      await ada.push('delete', 'n2', { expected: second })
      await ada.push('delete', 'n2', { expected: second, resend: true })
      await device('bob').push('delete', 'n1')
      await ada.push('delete', 'n1')
      await ada.push('delete', 'no-such-row', { expected: first })
      await ada.run()
    },
  },
  {
    about: 'conditions of writes, true and false, with null and with text that has to be quoted',
    async play({ device, write }) {
      const hostile = 'a, b (c) d.e'
      await write('notes', { id: 'n1', title: hostile, n: 1, done: false })
      const ada = device()
      await ada.run()
      for (const condition of [
        { field: 'title', is: 'eq', value: hostile },
        { field: 'title', is: 'eq', value: 'another' },
        { field: 'title', is: 'in', value: [hostile, null] },
        { field: 'done', is: 'ne', value: true },
        { field: 'n', is: 'in', value: [0.5, 2] },
        { field: 'tags', is: 'eq', value: null },
        {
          all: [
            { field: 'done', is: 'eq', value: false },
            { field: 'title', is: 'ne', value: 'x' },
          ],
        },
        {
          any: [
            { field: 'done', is: 'eq', value: true },
            { field: 'title', is: 'eq', value: 'x' },
          ],
        },
      ] as const) {
        const expected = ada.revision('n1')
        await ada.push('update', 'n1', { change: { set: { done: false } }, expected, condition })
      }
      await ada.push('delete', 'n1', {
        expected: ada.revision('n1'),
        condition: { field: 'title', is: 'eq', value: 'another' },
      })
      await ada.run()
    },
  },
  {
    about: 'writes that a trigger of the app refuses',
    async play({ device, write, forbid }) {
      await write('notes', { id: 'n1', title: 'x' })
      const ada = device()
      await ada.run()
      await forbid('n1')
      await forbid('n2')
      await ada.push('update', 'n1', { ...title('mine'), expected: ada.revision('n1') })
      await ada.push('delete', 'n1', { expected: ada.revision('n1') })
      await ada.push('create', 'n2', title('mine'))
      await ada.run()
    },
  },
]
