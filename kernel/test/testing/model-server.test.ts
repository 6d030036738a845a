import { expect, it } from 'vitest'
import { type ModelRow, modelServer } from '../../src/testing/index.ts'

const clock = (now: number): { env: { now: () => number }; set: (to: number) => void } => ({
  env: { now: () => now },
  set: (to) => {
    now = to
  },
})
const row = (
  id: string,
  fields: ModelRow['fields'] = { id },
): Parameters<ReturnType<typeof modelServer>['put']>[0] => ({
  table: 'notes',
  id,
  owner: 'ada',
  fields,
})

it('knows the users of its tokens and of no other text', () => {
  const server = modelServer()
  expect([server.userOf('token-of-ada'), server.userOf('token-of-bob')]).toEqual(['ada', 'bob'])
  for (const token of ['token-of-eve', 'token-of-', '', null, undefined]) expect(server.userOf(token)).toBeUndefined()
})

it('gives rows written close together one time, and the writes of one row different ones', () => {
  const { env } = clock(1_000_007)
  const server = modelServer({ env })
  const times = ['a', 'b', 'a', 'a'].map((id) => server.put(row(id)).at)
  expect(times).toEqual([1_000_000, 1_000_000, 1_000_001, 1_000_002])
})

it('gives a row that was dropped and written again a time of its own', () => {
  const server = modelServer({ env: clock(1_000_007).env })
  const dropped = server.put(row('a'))
  server.drop('notes', 'a')
  const again = server.put(row('a'))
  expect([dropped.version, again.version]).toEqual([1, 1])
  expect(again.at).toBeGreaterThan(dropped.at)
})

it('never goes back in time, whatever its clock does', () => {
  const { env, set } = clock(2_000)
  const server = modelServer({ env })
  const before = server.put(row('a')).at
  set(1_000)
  expect(server.now()).toBe(2_000)
  expect(server.put(row('b')).at).toBe(before)
})

it('counts the versions of an id over a deletion', () => {
  const server = modelServer()
  const versions = [row('a'), row('a', null), row('a')].map((one) => server.put(one).version)
  expect(versions).toEqual([1, 2, 3])
})

it('goes on from the rows that an earlier one told of', () => {
  const told: ModelRow[] = []
  const first = modelServer({ env: clock(5_000).env })
  first.watch((one) => one && told.push(one))
  first.put(row('a'))
  first.put(row('a', { id: 'a', title: 'new' }))
  const second = modelServer({ env: clock(1_000).env, rows: JSON.parse(JSON.stringify(told)) as ModelRow[] })
  expect(second.list('notes')).toEqual(first.list('notes'))
  expect(second.put(row('a')).version).toBe(3)
  expect(second.now()).toBeGreaterThanOrEqual(5_000)
})

it('keeps what was written, whatever the writer does to it afterwards', () => {
  const server = modelServer()
  const fields = { id: 'a', tags: ['x'] }
  server.put(row('a', fields))
  fields.tags.push('y')
  expect(server.get('notes', 'a')?.fields).toEqual({ id: 'a', tags: ['x'] })
})

it('tells a watcher what was written and dropped, until it is no longer wanted', () => {
  const server = modelServer()
  const told: (string | undefined)[] = []
  const end = server.watch((now, before) => told.push(`${before?.version ?? '-'} to ${now?.version ?? '-'}`))
  server.put(row('a'))
  server.drop('notes', 'a')
  server.drop('notes', 'a')
  end()
  server.put(row('b'))
  expect(told).toEqual(['- to 1', '1 to -'])
})

it('forbids one row of one table', () => {
  const server = modelServer()
  server.forbid('notes', 'a')
  expect([
    server.isForbidden('notes', 'a'),
    server.isForbidden('tasks', 'a'),
    server.isForbidden('notes', 'b'),
  ]).toEqual([true, false, false])
})
