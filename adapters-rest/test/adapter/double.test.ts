import {
  type CallContext,
  type LiveEvent,
  type PullPage,
  platformEnv,
  type RemoteChange,
  SyncError,
} from '@rowkeep/kernel'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type RestAdapter, restAdapter } from '../../src/index.ts'
import { type RestDouble, restDouble } from '../../src/testing/index.ts'
import { failureOf, feed, operation } from './support.ts'

let double: RestDouble
let adapter: RestAdapter
beforeEach(() => {
  double = restDouble()
  adapter = restAdapter({ url: `${double.origin}/sync`, token: () => 'token-of-ada' })
})
afterEach(() => double.close())

const context = (user = 'ada'): CallContext => ({
  user,
  signal: new AbortController().signal,
  timeoutMs: 30_000,
  env: { ...platformEnv, fetch: (input, init) => double.fetch(new Request(input, init)) },
})

type Listed = Exclude<PullPage, { kind: 'expired' }>
async function listed(cursor: string | null, limit: number): Promise<Listed> {
  const page = await adapter.pull({ feed, cursor, limit }, context())
  if (page.kind === 'expired') throw new SyncError('SYNC_PROTOCOL', { message: 'expired' })
  return page
}
/** All pages up to `more: false`. */
async function run(
  from: string | null,
  limit: number,
): Promise<{ changes: readonly RemoteChange[]; cursor: string | null; pages: number }> {
  const changes: RemoteChange[] = []
  let page = await listed(from, limit)
  for (let pages = 1; ; pages += 1) {
    changes.push(...page.changes)
    if (!page.more) return { changes, cursor: page.cursor, pages }
    page = await listed(page.cursor, limit)
  }
}
const create = (id: string, fields: Record<string, string | number> = {}) => {
  const record = { id, ...fields }
  return operation(id, { kind: 'create', expected: null, change: { set: record }, record })
}

describe('before the real server', () => {
  test('a first listing in short pages ends at a point from which only what is new comes', async () => {
    for (const id of ['1', '2', '3', '4', '5']) await double.write('notes', { id, title: `note ${id}` })
    const first = await run(null, 2)
    expect(first.pages).toBeGreaterThan(2)
    expect(first.changes.map(({ id }) => id).sort()).toEqual(['1', '2', '3', '4', '5'])
    await double.write('notes', { id: '2', title: 'changed' })
    await double.remove('notes', '3')
    await double.evict('notes', '4')
    const { changes } = await run(first.cursor, 100)
    const kinds = Object.fromEntries(changes.map(({ id, kind }) => [id, kind]))
    expect(kinds).toEqual({ 2: 'record', 3: 'tombstone', 4: 'eviction' })
  })

  test('pushes are applied, told apart, and recognised when they come again', async () => {
    await double.write('notes', { id: '7', title: 'theirs' })
    const stale = operation('7', { expected: '0' })
    const verdicts = await adapter.push({ operations: [create('1', { n: 1 }), stale], atomic: false }, context())
    expect(verdicts).toMatchObject([
      { kind: 'applied', row: { id: '1' } },
      { kind: 'conflict', row: { record: { title: 'theirs' } } },
    ])
    const again = { ...create('1', { n: 1 }), resend: true }
    expect(await adapter.push({ operations: [again], atomic: false }, context())).toMatchObject([{ kind: 'applied' }])
    expect(await double.rows('notes')).toHaveLength(2)
  })

  test('one wrong operation undoes an atomic request', async () => {
    const wrong = operation('9', { expected: '1' })
    const verdicts = await adapter.push({ operations: [create('1'), wrong], atomic: true }, context())
    expect(verdicts).toMatchObject([
      { kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_GROUP_ABORTED' } },
      { kind: 'rejected', error: { code: 'SYNC_NOT_VISIBLE' } },
    ])
    expect(await double.rows('notes')).toEqual([])
  })

  test('an old cursor has expired, and a new history has another epoch', async () => {
    await double.write('notes', { id: '1' })
    const { cursor } = await run(null, 10)
    const before = await listed(cursor, 10)
    await double.expire()
    expect(await adapter.pull({ feed, cursor, limit: 10 }, context())).toMatchObject({ kind: 'expired' })
    await double.restore()
    expect((await listed(null, 10)).epoch).not.toBe(before.epoch)
  })

  test.each([
    ['another user’s', 'token-of-bob', 'SYNC_USER_MISMATCH'],
    ['nobody’s', 'nonsense', 'SYNC_AUTH_REQUIRED'],
  ])('%s token is refused without effect', async (_, token, code) => {
    const other = restAdapter({ url: `${double.origin}/sync`, token: () => token })
    expect((await failureOf(other.pull({ feed, cursor: null, limit: 1 }, context()))).code).toBe(code)
    const verdicts = await other.push({ operations: [create('1')], atomic: false }, context())
    expect(verdicts).toMatchObject([{ kind: 'retry', outcome: 'unapplied', error: { code } }])
    expect(await double.rows('notes')).toEqual([])
  })

  test('a forged cursor is expired, an unknown collection an error', async () => {
    const forged = await adapter.pull({ feed, cursor: 'forged', limit: 1 }, context())
    expect(forged.kind).toBe('expired')
    const unknown = adapter.pull({ feed: { id: 'x', collections: ['secrets'] }, cursor: null, limit: 1 }, context())
    expect((await failureOf(unknown)).code).toBe('SYNC_NOT_FOUND')
  })

  test('a device hears of its own push and of writes elsewhere, until it stops listening', async () => {
    const events: LiveEvent[] = []
    const stop = adapter.subscribe(feed, (event) => events.push(event), context())
    await vi.waitFor(() => expect(events).toEqual([{ kind: 'up' }]))
    await adapter.push({ operations: [create('1')], atomic: false }, context())
    await vi.waitFor(() => expect(events).toHaveLength(2))
    await double.write('tasks', { id: '1' })
    await vi.waitFor(() => expect(events).toEqual([{ kind: 'up' }, { kind: 'poke' }, { kind: 'poke' }]))
    stop()
    await double.write('tasks', { id: '2' })
    await run(null, 10)
    expect(events).toHaveLength(3)
  })

  test('a server that closes says down', async () => {
    const events: LiveEvent[] = []
    adapter.subscribe(feed, (event) => events.push(event), context())
    await vi.waitFor(() => expect(events).toHaveLength(1))
    await double.close()
    await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ kind: 'down', error: { code: 'SYNC_NETWORK' } }))
  })
})
