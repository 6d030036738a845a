import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { conflicts } from '../../src/inbox/index.ts'
import type { Json, Resolver } from '../../src/index.ts'
import { asCounter, asFields, asSet, largest, longest, merge, smallest } from '../../src/resolvers/index.ts'
import { type Device, device, type Task } from '../support/device.ts'
import { TestServer } from '../support/server.ts'
import { quiet } from '../support/virtual-env.ts'

async function settle(devices: readonly Device[]): Promise<void> {
  for (let round = 0; round < 8; round += 1) {
    for (const { sync } of devices) {
      await sync()
      await quiet()
    }
  }
}

interface Counted extends Task {
  readonly counts?: Readonly<Record<string, number>>
}

const resolver = merge<Counted>({ tags: asSet, n: asCounter, title: longest, counts: asFields }) as Resolver<Task>

async function play({ tasks, sync }: Device, who: number, what: string, turn: number): Promise<void> {
  const { counts = {}, tags = [] } = (await tasks.read('a')) as Counted
  const own = (counts[who] ?? 0) + (what === 'up' ? 2 : -1)
  if (what === 'sync') await sync()
  else if (what === 'add') await tasks.update('a', { tags: [...tags, `t${turn}`] })
  else await tasks.update('a', { counts: { ...counts, [who]: own } } as object)
  await quiet()
}

/** Plays a history on three devices, and looks whether every step and element is there in the end. */
async function losesNothing(steps: readonly { readonly who: number; readonly what: string }[]): Promise<void> {
  const server = new TestServer()
  server.write('tasks', 'a', { id: 'a', title: 'x', tags: [] })
  const devices = [0, 1, 2].map(() => device(server, { resolver }))
  await settle(devices)
  for (const [turn, { who, what }] of steps.entries()) await play(devices[who] as Device, who, what, turn)
  await settle(devices)
  const { counts = {}, tags = [] } = server.record('tasks', 'a') as unknown as Counted
  const total = steps.reduce((sum, { what }) => sum + ({ up: 2, down: -1 }[what] ?? 0), 0)
  expect(Object.values(counts).reduce((sum, one) => sum + one, 0)).toBe(total)
  expect([...tags].sort()).toEqual(steps.flatMap(({ what }, turn) => (what === 'add' ? [`t${turn}`] : [])).sort())
  for (const { tasks, client } of devices) {
    expect(await tasks.read('a')).toEqual(server.record('tasks', 'a'))
    await client.dispose()
  }
}

describe('merge', () => {
  it('merges each field by its own rule, and what only one side changed as ever', async () => {
    const server = new TestServer()
    server.write('tasks', 'a', { id: 'a', title: 'x', n: 10, tags: ['old', 'kept'] })
    const [a, b] = [device(server, { resolver }), device(server, { resolver })]
    await settle([a, b])
    await a.tasks.update('a', { title: 'longer', n: 12, tags: ['kept', 'from a'] })
    await b.tasks.update('a', { title: 'long', n: 15, tags: ['old', 'kept', 'from b'], done: true })
    await settle([a, b])
    const merged = { id: 'a', title: 'longer', n: 17, tags: ['kept', 'from a', 'from b'], done: true }
    expect(server.record('tasks', 'a')).toEqual(merged)
    for (const { tasks } of [a, b]) expect(await tasks.read('a')).toEqual(merged)
  })

  it('loses no step of a counter by device and no element of a set, whoever syncs when', async () => {
    const step = fc.record({ who: fc.nat(2), what: fc.constantFrom('up', 'down', 'add', 'sync', 'sync') })
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 16 }), losesNothing), { numRuns: 60 })
  })

  it('counts the step of both sides in one number, unless they arrive at the same', async () => {
    const counted = async (mine: number, theirs: number): Promise<unknown> => {
      const server = new TestServer()
      server.write('tasks', 'a', { id: 'a', title: 'x', n: 10 })
      const made = device(server, { resolver })
      await made.sync()
      await made.tasks.update('a', { n: mine })
      server.edit('tasks', 'a', { n: theirs })
      await settle([made])
      return server.record('tasks', 'a')?.['n']
    }
    expect(await counted(11, 9)).toBe(10)
    expect(await counted(11, 12)).toBe(13)
    // The kernel asks nobody about equal values.
    expect(await counted(11, 11)).toBe(11)
  })

  it('leaves fields without a rule to one side, or the conflict to a person', () => {
    const conflict = {
      base: { id: 'a', title: 'x' },
      local: { id: 'a', title: 'mine', n: 1, done: true },
      remote: { id: 'a', title: 'theirs', n: 2 },
      fields: ['title', 'n', 'done'] as const,
    }
    expect(merge<Task>({ n: asCounter })(conflict)).toEqual({ id: 'a', title: 'mine', n: 3, done: true })
    expect(merge<Task>({ n: asCounter }, { otherwise: 'remote' })(conflict)).toEqual({ id: 'a', title: 'theirs', n: 3 })
    expect(merge<Task>({ n: asCounter }, { otherwise: 'ask' })(conflict)).toBe('ask')
    const all = { n: asCounter, title: longest, done: largest }
    expect(merge<Task>(all, { otherwise: 'ask' })(conflict)).toEqual({ id: 'a', title: 'theirs', n: 3, done: true })
    expect(merge<Task>({ n: () => undefined })(conflict)).toEqual({ id: 'a', title: 'mine', done: true })
  })

  it('gives a rule what each side has: undefined where it has no such field', () => {
    const seen: unknown[] = []
    const rule = (...values: unknown[]): undefined => {
      seen.push(values)
    }
    const one = { id: 'a', title: 'x' }
    merge<Task>({ n: rule })({ base: null, local: { ...one, n: 1 }, remote: one, fields: ['n'] })
    merge<Task>({ n: rule })({ base: { ...one, n: 0 }, local: one, remote: { ...one, n: 2 }, fields: ['n'] })
    expect(seen).toEqual([
      [undefined, 1, undefined],
      [0, undefined, 2],
    ])
  })

  it('is not misled by fields named like parts of every object', () => {
    const conflict = { base: null, local: { constructor: 'a' }, remote: { constructor: 'b' }, fields: ['constructor'] }
    expect(merge({})(conflict as never)).toEqual({ constructor: 'a' })
  })

  it('puts the conflict into the inbox where a rule throws', async () => {
    const server = new TestServer()
    server.write('tasks', 'a', { id: 'a', title: 'x' })
    const { client, tasks, sync, heard } = device(server, { resolver: merge<Task>({ title: asCounter as never }) })
    await sync()
    await tasks.update('a', { title: 'mine' })
    server.edit('tasks', 'a', { title: 'theirs' })
    await sync()
    await quiet()
    expect(conflicts(client).getSnapshot()).toMatchObject([{ recordId: 'a', fields: ['title'] }])
    expect(heard('listener:failed')).toMatchObject([{ error: { code: 'SYNC_INPUT_INVALID' } }])
  })

  it.each([
    [null, {}, 'functions by field'],
    [[asSet], {}, 'functions by field'],
    [{ tags: 'asSet' }, {}, 'functions by field'],
    [{}, { otherwise: 'newest' }, 'otherwise'],
    [{}, { other: 'ask' }, 'has no "other"'],
    [{}, null, 'takes an object'],
  ])('refuses %o with %o', (fields, options, why) => {
    expect(() => merge(fields as never, options as never)).toThrow(why)
    expect(() => merge(fields as never, options as never)).toThrow('[SYNC_CONFIG_INVALID]')
  })
})

describe('rules for fields', () => {
  it('asSet: elements by value, each once, in the order of the server and then of this device', () => {
    expect(asSet(['a', 'b'], ['b', 'c'], ['a', 'd', 'b', 'd'])).toEqual(['d', 'b', 'c'])
    expect(asSet(undefined, ['x'], null)).toEqual(['x'])
    expect(asSet<Json>([{ x: 1, y: 2 }], [{ y: 2, x: 1 }, { x: 2 }], [{ x: 1, y: 2 }])).toEqual([
      { x: 1, y: 2 },
      { x: 2 },
    ])
    expect(() => asSet('ab' as never, ['a'], [])).toThrow('[SYNC_INPUT_INVALID]')
  })

  it('asSet: what one side added is there, what one side removed is not', () => {
    const list = fc.uniqueArray(fc.constantFrom<string>('a', 'b', 'c', 'd', 'e'))
    fc.assert(
      fc.property(list, list, list, (base, local, remote) => {
        const merged = asSet(base, local, remote)
        for (const one of ['a', 'b', 'c', 'd', 'e']) {
          const [before, mine, theirs] = [base, local, remote].map((side) => side.includes(one))
          expect(merged.includes(one), one).toBe(before ? mine && theirs : mine || theirs)
        }
        expect([...merged].sort()).toEqual([...asSet(base, remote, local)].sort())
        expect(new Set(merged).size).toBe(merged.length)
      }),
    )
  })

  it('asCounter: both steps, from 0 where there was none', () => {
    expect(asCounter(10, 12, 15)).toBe(17)
    expect(asCounter(undefined, 2, null)).toBe(2)
    expect(asCounter(5, undefined, 7)).toBe(2)
    expect(() => asCounter(1, '2' as never, 3)).toThrow('[SYNC_INPUT_INVALID]')
    expect(() => asCounter(-1e308, 1e308, 1e308)).toThrow('[SYNC_INPUT_INVALID]')
  })

  it('asFields: each field of an object from the side that changed it, the local one where both did', () => {
    const base = { a: 1, b: 1, c: 1, d: 1 } as object
    expect(asFields(base, { a: 2, b: 1, c: 2, d: 1, e: 5 } as object, { a: 1, b: 3, c: 3, f: 6 })).toEqual({
      a: 2,
      b: 3,
      c: 2,
      e: 5,
      f: 6,
    })
    expect(asFields(base, { b: 1, c: 1, d: 1 } as object, base)).toEqual({ b: 1, c: 1, d: 1 })
    expect(asFields<object>(null, { a: 1 }, undefined)).toEqual({ a: 1 })
    expect(() => asFields([] as object, {}, {})).toThrow('[SYNC_INPUT_INVALID]')
  })

  it('largest, smallest, longest: symmetric, and what is absent loses', () => {
    expect([largest(0, 3, 2), smallest(0, 3, 2), longest('', 'abc', 'xy')]).toEqual([3, 2, 'abc'])
    expect([largest(0, undefined, 2), smallest(0, 3, null as never), longest('', null, 'x')]).toEqual([2, 3, 'x'])
    const value = fc.constantFrom<string | null | undefined>('a', 'b', 'aa', 'ab', '', null, undefined)
    fc.assert(
      fc.property(value, value, (a, b) => {
        for (const rule of [largest<typeof a>, smallest<typeof a>, longest<typeof a>]) {
          expect(rule('', a, b) ?? null).toBe(rule('', b, a) ?? null)
        }
      }),
    )
  })
})
