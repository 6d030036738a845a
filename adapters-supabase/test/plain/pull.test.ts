import { type Env, platformEnv } from '@rowkeep/kernel'
import { modelServer } from '@rowkeep/kernel/testing'
import { describe, expect, it } from 'vitest'
import { type PlainOptions, plainTables } from '../../src/index.ts'
import { supabaseDouble } from '../../src/testing/index.ts'
import { call, notes, over, page, run } from '../support.ts'

const marked: PlainOptions = { version: 'version', deleted: 'deleted', hidden: ['user_id'] }
const bare: PlainOptions = { hidden: ['user_id'] }

/** An environment whose clock and timers move when the test says so. */
function handTime(): { env: Env; pass(ms: number): void } {
  let now = Date.parse('2026-01-01T00:00:00Z')
  const timers = new Set<{ at: number; run: () => void }>()
  const setTimer = (ms: number, run: () => void): (() => void) => {
    const timer = { at: now + ms, run }
    timers.add(timer)
    return () => timers.delete(timer)
  }
  return {
    env: { ...platformEnv, now: () => now, setTimer },
    pass(ms) {
      now += ms
      for (const timer of timers) {
        if (timer.at > now) continue
        timers.delete(timer)
        timer.run()
      }
    },
  }
}

const row = (n: number): { id: string; title: string } => ({ id: `n${n}`, title: `note ${n}` })

describe('a listing', () => {
  it('ends by the count of the server, whatever it caps a page at', async () => {
    const double = supabaseDouble({ maxRows: 3 })
    for (let n = 1; n <= 8; n += 1) await double.write('notes', row(n))
    const { changes, kinds } = await run(over(double, { profile: plainTables(marked) }).adapter, null)
    expect(new Set(changes).size).toBe(8)
    expect(kinds).toEqual(['snapshot', 'snapshot', 'snapshot'])
  })

  it('goes on behind any id, and leaves deleted rows out [F111]', async () => {
    const double = supabaseDouble()
    const ids = ['a,b', 'a"b', 'a)b', '(a', 'a\\', 'a.eq.b', "a'b", 'é']
    for (const id of ids) await double.write('notes', { id, title: id })
    await double.write('notes', row(1))
    await double.remove('notes', 'n1')
    const { changes } = await run(over(double, { profile: plainTables(marked) }).adapter, null, { limit: 1 })
    expect(new Set(changes)).toEqual(new Set(ids.map((id) => `record ${id}`)))
  })

  it('fails where the count does not come through', async () => {
    const { adapter, instead } = over(supabaseDouble(), { profile: plainTables(marked) })
    instead.push(
      () => undefined,
      () => Response.json([]),
    )
    await expect(page(adapter, null)).rejects.toMatchObject({ code: 'SYNC_PROTOCOL' })
  })

  it('fails at a row without a stamp and says what to do', async () => {
    const { adapter, instead } = over(supabaseDouble(), { profile: plainTables(bare) })
    const stampless = [{ id: 'n1', title: 'x', updated_at: null, user_id: 'ada' }]
    instead.push(
      () => undefined,
      () => Response.json(stampless, { headers: { 'content-range': '0-0/1' } }),
    )
    await expect(page(adapter, null)).rejects.toMatchObject({
      code: 'SYNC_CONFIG_INVALID',
      message: expect.stringContaining('set not null'),
    })
  })

  it('sets a row aside whose version is none, and goes on', async () => {
    const { adapter, instead } = over(supabaseDouble(), { profile: plainTables(marked) })
    const stamp = '2026-01-01T00:00:00+00:00'
    const rows = [
      { id: 'n1', title: 'x', updated_at: stamp, version: null, deleted: false, user_id: 'ada' },
      { id: 'n2', title: 'y', updated_at: stamp, version: 3, deleted: null, user_id: 'ada' },
    ]
    instead.push(
      () => undefined,
      () => Response.json(rows, { headers: { 'content-range': '0-1/2' } }),
    )
    const { changes } = await page(adapter, null)
    expect(changes).toMatchObject([
      { kind: 'unreadable', id: 'n1', error: { code: 'SYNC_PROTOCOL' } },
      { kind: 'record', id: 'n2', revision: '3', record: { id: 'n2', title: 'y' } },
    ])
    expect(Object.keys(changes[1]?.kind === 'record' ? changes[1].record : {})).toEqual(['id', 'title'])
  })

  it('leaves to the server what it can of a filter', async () => {
    const double = supabaseDouble()
    await double.write('notes', { id: 'n1', title: 'a', done: false })
    await double.write('notes', { id: 'n2', title: 'b', done: true })
    const { adapter } = over(double, { profile: plainTables(marked) })
    const open = { field: 'done', is: 'eq', value: false } as const
    const late = { field: 'title', is: 'gt', value: 'a' } as const
    const both = { ...notes, filters: { notes: { all: [open, late] } } }
    expect((await run(adapter, null, { feed: both })).changes).toEqual(['record n1'])
    const either = { ...notes, filters: { notes: { any: [open, late] } } }
    expect((await run(adapter, null, { feed: either })).changes).toEqual(['record n1', 'record n2'])
  })
})

describe('a run from a cursor', () => {
  it('brings what committed late under an earlier stamp [F02]', async () => {
    const time = handTime()
    const server = modelServer({ env: time.env })
    const double = supabaseDouble({ server })
    const { adapter } = over(double, { profile: plainTables(marked) })
    const context = call({ env: time.env })
    await double.write('notes', row(1))
    const { cursor } = await run(adapter, null, { context })
    const early = server.get('notes', 'n1')?.at ?? 0
    // As a transaction leaves it that was open while the listing ran.
    const late = modelServer({
      rows: [
        ...server.list('notes'),
        {
          ...row(2),
          table: 'notes',
          owner: 'ada',
          version: 1,
          at: early - 9000,
          fields: { title: 'late', deleted: false },
        },
      ],
    })
    const after = over(supabaseDouble({ server: late }), { profile: plainTables(marked) }).adapter
    expect((await run(after, cursor, { context })).changes).toContain('record n2')
  })

  it('costs no rows once the overlap has passed and was read again', async () => {
    const time = handTime()
    const double = supabaseDouble({ server: modelServer({ env: time.env }) })
    const { adapter } = over(double, { profile: plainTables({ ...marked, overlapMs: 10_000 }) })
    const context = call({ env: time.env })
    await double.write('notes', row(1))
    const first = await run(adapter, null, { context })
    const second = await run(adapter, first.cursor, { context })
    expect(second.changes).toEqual(['record n1'])
    time.pass(9_999)
    const third = await run(adapter, second.cursor, { context })
    expect(third.changes).toEqual(['record n1'])
    time.pass(1)
    // The overlap has passed, so this is the run that reads it a last time.
    const fourth = await run(adapter, third.cursor, { context })
    expect(fourth.changes).toEqual(['record n1'])
    const fifth = await run(adapter, fourth.cursor, { context })
    expect(fifth.changes).toEqual([])
    await double.write('notes', row(2))
    expect((await run(adapter, fifth.cursor, { context })).changes).toEqual(['record n2'])
    await adapter.close()
  })

  it('does not trust a newest stamp it met in mid-run with what lies before it', async () => {
    const time = handTime()
    const server = modelServer({ env: time.env })
    const double = supabaseDouble({ server })
    const { adapter } = over(double, { profile: plainTables(marked) })
    const context = call({ env: time.env })
    await double.write('notes', row(0))
    const { cursor: start } = await run(adapter, null, { context })
    for (let n = 1; n <= 4; n += 1) {
      time.pass(1000)
      await double.write('notes', row(n))
    }
    const first = await page(adapter, start, { limit: 2, context })
    expect(first.more).toBe(true)
    // The run takes a minute, and meets a row written at its end.
    time.pass(60_000)
    await double.write('notes', row(5))
    const rest = await run(adapter, first.cursor, { limit: 100, context })
    expect(rest.changes).toContain('record n5')
    const next = await run(adapter, rest.cursor, { context })
    expect(next.changes).toContain('record n4')
  })

  it('that another version or remote made is expired', async () => {
    const { adapter } = over(supabaseDouble(), { profile: plainTables(marked) })
    const newer = '{"v":2,"mode":"done","swept":1,"since":"2026-01-01T00:00:00.000000+00:00"}'
    for (const cursor of ['x', '[]', newer, '{"v":1,"mode":"done","swept":1,"since":"soon"}']) {
      const answer = await adapter.pull({ feed: notes, cursor, limit: 1 }, call())
      expect(answer.kind).toBe('expired')
    }
  })
})

describe('a sweep', () => {
  it('names every row that stands, and sends those that changed', async () => {
    const double = supabaseDouble({ marked: false })
    const { adapter } = over(double, { profile: plainTables({ ...bare, sweepMs: 0, overlapMs: 0 }) })
    for (let n = 1; n <= 5; n += 1) await double.write('notes', row(n))
    const { cursor } = await run(adapter, null)
    await double.remove('notes', 'n2')
    await double.write('notes', { id: 'n4', title: 'changed' })
    const { kinds, changes } = await run(adapter, cursor, { limit: 2 })
    expect(new Set(kinds)).toEqual(new Set(['snapshot']))
    expect(changes.filter((change) => change.startsWith('listed'))).toEqual(
      ['n1', 'n3', 'n4', 'n5'].map((id) => `listed ${id}`),
    )
    expect(changes).toContain('record n4')
    expect(changes.join()).not.toContain('n2')
  })

  it('lists only rows that match the filters of the feed', async () => {
    const double = supabaseDouble({ marked: false })
    const { adapter } = over(double, { profile: plainTables({ ...bare, sweepMs: 0 }) })
    const feed = { ...notes, filters: { notes: { field: 'title', is: 'gt', value: 'note 1' } as const } }
    for (let n = 1; n <= 3; n += 1) await double.write('notes', row(n))
    const { cursor } = await run(adapter, null, { feed })
    const { changes } = await run(adapter, cursor, { feed })
    expect(changes.filter((change) => change.startsWith('listed'))).toEqual(['listed n2', 'listed n3'])
  })

  it('comes when its time has passed, and after a clock was set back', async () => {
    const time = handTime()
    const double = supabaseDouble({ marked: false, server: modelServer({ env: time.env }) })
    const { adapter } = over(double, { profile: plainTables({ ...bare, sweepMs: 60_000 }) })
    const context = call({ env: time.env })
    await double.write('notes', row(1))
    const first = await run(adapter, null, { context })
    time.pass(59_999)
    const second = await run(adapter, first.cursor, { context })
    expect(second.kinds).toEqual(['delta'])
    time.pass(1)
    const third = await run(adapter, second.cursor, { context })
    expect(third.kinds).toContain('snapshot')
    expect((await run(adapter, third.cursor, { context })).kinds).toEqual(['delta'])
    time.pass(-3_600_000)
    expect((await run(adapter, third.cursor, { context })).kinds).toContain('snapshot')
  })

  it('finds rows that a policy hides by now', async () => {
    const double = supabaseDouble()
    const { adapter } = over(double, { profile: plainTables({ ...marked, sweepMs: 0 }) })
    await double.write('notes', row(1))
    await double.write('notes', row(2))
    const { cursor } = await run(adapter, null)
    await double.evict('notes', 'n1')
    const { changes } = await run(adapter, cursor)
    expect(changes.join()).not.toContain('n1')
    expect(changes).toContain('listed n2')
  })
})
