import type { JsonObject, PullPage, PushVerdict } from '@rowkeep/kernel'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type RestDouble, restDouble } from '../../src/testing/index.ts'
import { listenTo, operationBody, post, pullBody, pushBody } from './calls.ts'

let double: RestDouble
beforeAll(() => {
  double = restDouble()
})
afterAll(() => double.close())

const pull = async (cursor: string | null, user = 'ada'): Promise<PullPage> => {
  const headers = { authorization: `Bearer token-of-${user}`, 'rowkeep-user': user }
  const body = { ...pullBody, feed: { id: 'f', collections: ['notes', 'tasks'] }, cursor }
  return (await (await double.fetch(post('/pull', body, headers))).json()) as PullPage
}
const push = async (fields: JsonObject): Promise<PushVerdict | undefined> => {
  const response = await double.fetch(
    post('/push', pushBody({ ...operationBody, opId: crypto.randomUUID(), ...fields })),
  )
  return ((await response.json()) as PushVerdict[])[0]
}
const cursorOf = (page: PullPage): string => (page.kind !== 'expired' && page.cursor) || 'none'

it('answers over the wire what was written behind it, and the other way round', async () => {
  await double.write('notes', { id: 'a', n: 1 })
  const page = await pull(null)
  expect(page).toMatchObject({
    kind: 'snapshot',
    more: false,
    changes: [{ id: 'a', revision: '1', record: { id: 'a', n: 1 } }],
  })
  expect(await push({ change: { set: { n: 2 } } })).toMatchObject({ kind: 'applied', row: { revision: '2' } })
  expect(await double.rows('notes')).toEqual([{ id: 'a', n: 2 }])
  expect(await double.rows('tasks')).toEqual([])
})

it('deletes, evicts, expires and restores', async () => {
  await double.write('tasks', { id: 'gone' })
  await double.write('tasks', { id: 'left' })
  const start = await pull(null)
  await double.remove('tasks', 'gone')
  await double.evict('tasks', 'left')
  const delta = await pull(cursorOf(start))
  expect(delta).toMatchObject({
    kind: 'delta',
    changes: [
      { kind: 'tombstone', id: 'gone' },
      { kind: 'eviction', id: 'left' },
    ],
  })
  await double.expire()
  expect((await pull(cursorOf(delta))).kind).toBe('expired')
  const anew = await pull(null)
  await double.restore()
  expect((await pull(cursorOf(anew))).kind).toBe('expired')
})

it('keeps users apart', async () => {
  await double.write('notes', { id: 'hers' })
  expect(await pull(null, 'bob')).toMatchObject({ changes: [] })
})

it('answers a cursor it never issued with expired', async () => {
  const answer = await double.fetch(post('/pull', { ...pullBody, cursor: '{"x":"1; drop"}' }))
  expect([answer.status, await answer.json()]).toMatchObject([200, { kind: 'expired' }])
})

it('pokes for what happens behind it', async () => {
  const stream = (await double.fetch(listenTo('notes'))).body?.getReader()
  await stream?.read()
  await double.write('notes', { id: 'poke' })
  expect(new TextDecoder().decode((await stream?.read())?.value)).toContain('event: poke')
  await stream?.cancel()
})

it('is empty when it is new, beside the others of the process', async () => {
  const another = restDouble()
  expect(await another.rows('notes')).toEqual([])
  await another.close()
  expect((await double.rows('notes')).length).toBeGreaterThan(0)
})
