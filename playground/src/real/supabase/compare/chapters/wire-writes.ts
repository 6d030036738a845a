import type { Json } from '@rowkeep/kernel'
import type { Chapter } from '../chapter.ts'
import type { Stage } from '../stage.ts'

const whole = 'return=representation'

async function rows({ write }: Stage): Promise<void> {
  await write('notes', { id: 'a', title: 'Alpha', done: false, n: 1, tags: ['x'] })
  await write('notes', { id: 'b', title: 'beta', done: true, n: 2 })
}

/** How the table stands afterwards. */
const look = (stage: Stage): Promise<void> => stage.ask('GET', 'notes?order=id')

const bodies: readonly Json[] = [
  { id: 'n1' },
  { id: 'n2', title: 'x', done: null },
  [{ id: 'n3' }, { id: 'n4' }],
  [
    { id: 'n5', n: 1 },
    { id: 'n6', title: 'x' },
  ],
  [{ id: 'n7' }, { id: 'a' }],
  [],
  {},
  { title: 'x' },
  { id: null },
  { id: 5 },
  { id: '' },
  { id: 'n8', colour: 'red' },
  { id: 'n9', user_id: null },
  { id: 'n10', updated_at: '2000-01-01T00:00:00Z' },
  { id: 'n11', updated_at: 'soon' },
  { id: 'n12', updated_at: null },
  'text',
  5,
  null,
  [1],
]

/** Writes as any client may send them. */
export const wireWrites: readonly Chapter[] = [
  {
    about: 'inserts of one row and of several, whole and incomplete',
    async play(stage) {
      await rows(stage)
      for (const body of bodies) await stage.ask('POST', 'notes?select=*', { body, prefer: whole })
      await stage.ask('POST', 'notes', { body: { id: 'm1' } })
      await stage.ask('POST', 'notes', { body: { id: 'm2' }, prefer: 'return=minimal' })
      await stage.ask('POST', 'notes?columns="id","n"', {
        body: [
          { id: 'm3', title: 'x' },
          { id: 'm4', n: 1 },
        ],
        prefer: whole,
      })
      await stage.ask('POST', 'notes?columns=id,colour', { body: { id: 'm5' }, prefer: whole })
      await stage.ask('POST', 'notes?select=id', { body: { id: 'm6', title: 'x' }, prefer: whole })
      await stage.ask('POST', 'notes', { text: '{"id":', prefer: whole })
      await stage.ask('POST', 'notes', { text: '', prefer: whole })
      await stage.ask('POST', 'nothing', { body: { id: 'a' }, prefer: whole })
      await look(stage)
    },
  },
  {
    about: 'inserts of rows that are there, merged or left as they are',
    async play(stage) {
      await rows(stage)
      const [merge, leave] = ['resolution=merge-duplicates', 'resolution=ignore-duplicates']
      const ask = (prefer: string, body: Json, query = 'on_conflict=id&select=*'): Promise<void> =>
        stage.ask('POST', `notes?${query}`, { body, prefer })
      await ask(`${merge},${whole}`, { id: 'a', title: 'merged' })
      await ask(`${merge},${whole}`, { id: 'c', title: 'new' })
      await ask(`${merge}, ${whole}`, [
        { id: 'b', n: 5 },
        { id: 'd', n: 6 },
      ])
      await ask(`${merge},${whole}`, { id: 'a', n: 7 }, 'select=*')
      await ask(merge, { id: 'a', n: 8 })
      await ask(`${leave},${whole}`, { id: 'a', title: 'left' })
      await ask(`${leave},${whole}`, [
        { id: 'a', n: 9 },
        { id: 'f', n: 9 },
      ])
      await ask(leave, { id: 'a', n: 9 })
      await look(stage)
    },
  },
  {
    about: 'updates and deletes by filters, with and without the rows they hit',
    async play(stage) {
      await rows(stage)
      const patch = (query: string, body: Json, prefer?: string): Promise<void> =>
        stage.ask('PATCH', `notes?${query}`, prefer === undefined ? { body } : { body, prefer })
      await patch('id=eq.a&select=*', { title: 'x' }, whole)
      await patch('id=eq.a&version=eq.2&select=id,version', { title: 'y' }, whole)
      await patch('id=eq.a&version=eq.2&select=*', { title: 'z' }, whole)
      await patch('id=eq.nobody&select=*', { title: 'x' }, whole)
      await patch('n=gt.0&select=*', { done: null }, whole)
      await patch('id=eq.a', { title: 'quiet' })
      await patch('id=eq.nobody', { title: 'quiet' })
      await patch('id=eq.a&select=*', { id: 'a' }, whole)
      await patch('id=eq.a&select=*', {}, whole)
      await patch('id=eq.a', {})
      await patch('id=eq.a&select=*', { colour: 'red' }, whole)
      await patch('id=eq.a&select=*', { n: 'many' }, whole)
      await patch('colour=eq.red', { n: 1 }, whole)
      await patch('id=eq.a', { n: 4 }, 'return=representation,count=exact')
      await stage.ask('PATCH', 'notes?id=eq.a', { text: 'x', prefer: whole })
      await stage.ask('DELETE', 'notes?id=eq.nobody&select=*', { prefer: whole })
      await stage.ask('DELETE', 'notes?id=eq.b&select=*', { prefer: whole })
      await stage.ask('DELETE', 'notes?id=eq.b')
      await stage.ask('DELETE', 'notes?colour=eq.red')
      await look(stage)
    },
  },
  {
    about: 'writes of what belongs to somebody else, or would',
    async play(stage) {
      await rows(stage)
      const bob = { authorization: 'Bearer token-of-bob' }
      await stage.ask('PATCH', 'notes?id=eq.a&select=*', { body: { title: 'x' }, prefer: whole, headers: bob })
      await stage.ask('DELETE', 'notes?id=eq.a&select=*', { prefer: whole, headers: bob })
      await stage.ask('POST', 'notes?select=*', { body: { id: 'a', title: 'x' }, prefer: whole, headers: bob })
      await stage.ask('POST', 'notes?on_conflict=id&select=*', {
        body: { id: 'a', title: 'x' },
        prefer: `resolution=merge-duplicates,${whole}`,
        headers: bob,
      })
      await look(stage)
    },
  },
]
