import { type Env, type OpenStore, platformEnv } from '@rowkeep/kernel'
import { expect, test } from 'vitest'
import { indexeddbStore } from '../../src/indexeddb/index.ts'
import { heldBy, NAMESPACE, openOn, put } from '../file/helpers.ts'
import { patch } from './faults.ts'
import { databaseOf, freshName, rawConnection } from './helpers.ts'

const ROWS = 100_000
const PAGE = 1000

/** What is written, counted at the object store `base`. */
function writes(): { puts: number; characters: number; clears: number } {
  const seen = { puts: 0, characters: 0, clears: 0 }
  patch(
    IDBObjectStore.prototype,
    'put',
    (original) =>
      function (value, ...rest) {
        if (this.name === 'base') {
          seen.puts += 1
          seen.characters += String(value).length
        }
        return original.call(this, value, ...rest)
      },
  )
  patch(
    IDBObjectStore.prototype,
    'clear',
    (original) =>
      function () {
        seen.clears += 1
        return original.call(this)
      },
  )
  return seen
}

const row = (n: number, version = 0): object => ({
  id: `row-${n}`,
  title: `The title of row ${n}`,
  done: n % 2 === 0,
  version,
})
const page = (from: number, version = 0) =>
  Array.from({ length: PAGE }, (_, n) => put('base', `todos/row-${from + n}`, row(from + n, version) as never))

async function recordsOf(database: string): Promise<number> {
  const db = await rawConnection(database)
  const request = db.transaction('base').objectStore('base').count()
  await new Promise((resolve) => request.addEventListener('success', resolve))
  db.close()
  return request.result
}

async function fill(open: OpenStore): Promise<number> {
  let head = 0
  for (let from = 0; from < ROWS; from += PAGE) head = await open.commit(page(from), head)
  return head
}

test('100 000 rows are written once each, load in pages, and a change of one writes one', {
  timeout: 120_000,
}, async () => {
  const name = freshName()
  const open = await openOn(indexeddbStore({ name }))
  const seen = writes()
  const head = await fill(open)
  expect(head).toBe(ROWS / PAGE)
  expect(seen).toMatchObject({ puts: ROWS / 100, clears: 0 })

  const before = { ...seen }
  await open.commit([put('base', 'todos/row-7', row(7, 1) as never)], head)
  expect(seen.puts - before.puts).toBe(1)
  expect(seen.characters - before.characters).toBeLessThan(200)
  await open.close()

  let breaks = 0
  const setTimer: Env['setTimer'] = (ms, run) => {
    breaks += ms === 0 ? 1 : 0
    return platformEnv.setTimer(ms, run)
  }
  const env = { ...platformEnv, setTimer }
  const again = await indexeddbStore({ name }).open({ namespace: NAMESPACE, durability: 'none', env })
  const sizes: number[] = []
  for await (const { entries } of again.load()) sizes.push(entries.length)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1100)
  expect(breaks).toBe(Math.floor(sizes.length / 10))
  const { values } = await heldBy(again)
  expect([Object.keys(values).length, values['base/todos/row-7'], values['base/todos/row-99999']]).toEqual([
    ROWS,
    row(7, 1),
    row(99_999),
  ])
  const behind: unknown[] = []
  for await (const { entries, reset } of again.load(head)) behind.push(reset, entries)
  expect(behind).toEqual([false, [put('base', 'todos/row-7', row(7, 1) as never)]])
  await again.close()
})

test('what is out of date does not pile up, and no row is written more than a few times', {
  timeout: 120_000,
}, async () => {
  const name = freshName()
  const open = await openOn(indexeddbStore({ name }))
  const seen = writes()
  const rounds = 100
  let head = 0
  // Two pages, over and over: fifty times what is held.
  for (let round = 0; round < rounds; round += 1) head = await open.commit(page((round % 2) * PAGE, round), head)
  await open.close()
  expect(seen.clears).toBeGreaterThan(0)
  expect(seen.puts).toBeLessThan(3 * rounds * (PAGE / 100))
  // A mebibyte may always be out of date.
  expect(await recordsOf(databaseOf(name))).toBeLessThan(200)
})

test('rows that come one by one are packed: records stay few', { timeout: 120_000 }, async () => {
  const name = freshName()
  const open = await openOn(indexeddbStore({ name }))
  const seen = writes()
  for (let n = 0; n < 3000; n += 1) await open.commit([put('base', `todos/row-${n}`, row(n) as never)], n)
  await open.close()
  expect(await recordsOf(databaseOf(name))).toBeLessThan(300 + 3000 / 50)
  expect(seen.characters).toBeLessThan(3 * 3000 * 150)
  const again = await openOn(indexeddbStore({ name }))
  expect(Object.keys((await heldBy(again)).values)).toHaveLength(3000)
  await again.close()
})

test('a reader 256 commits behind gets what changed, one further behind everything', { timeout: 120_000 }, async () => {
  const open = await openOn(indexeddbStore({ name: freshName() }))
  for (let n = 0; n < 300; n += 1) await open.commit([put('op', `o${n}`, n), put('op', `o${n - 1}`, undefined)], n)
  const resets: boolean[] = []
  for (const after of [43, 44, 300]) for await (const { reset } of open.load(after)) resets.push(reset)
  expect(resets).toEqual([true, false, false])
  await open.close()
})
