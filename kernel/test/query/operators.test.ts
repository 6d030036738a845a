import { describe, expect, it } from 'vitest'
import { matches } from '../../src/adapters/index.ts'
import { createSyncClient, type Filter, isSyncError, type JsonObject, record } from '../../src/index.ts'
import { moreOperators } from '../../src/operators/index.ts'
import { normaliseWhere } from '../../src/query/normalise.ts'
import { device } from '../support/device.ts'
import { TestServer } from '../support/server.ts'
import { virtualEnv } from '../support/virtual-env.ts'

interface Thing {
  readonly id: string
  readonly [field: string]: unknown
}

const things: readonly Thing[] = [
  { id: '1', name: 'Anna', n: 1, tags: ['red', 'Blue'], at: { lat: 52.52, lng: 13.405 } },
  { id: '2', name: 'anna b.', n: 2, tags: [], at: { lat: 48.137, lng: 11.575 } },
  { id: '3', name: 'Straße', n: '2', tags: ['red', ['deep']], at: { lat: '52', lng: 13 } },
  { id: '4', name: null, n: null, tags: null, at: null },
  { id: '5', 'name.x': 'own', name: { x: 'inner', y: { z: 1 } }, tags: [{ a: 1, b: 2 }], at: { lat: 0, lng: 180 } },
]

const filled = async (operators = moreOperators) => {
  const client = createSyncClient({ collections: { things: record<Thing>() }, operators, env: virtualEnv() })
  await client.collections.things.createMany(things)
  return client.collections.things as unknown as {
    query(query: object): Promise<readonly Thing[]>
    count(query: object): Promise<number>
  }
}

describe('an operator', () => {
  it.each<[object, string]>([
    [{ name: { contains: 'nn' } }, '12'],
    [{ name: { contains: 'NN' } }, ''],
    [{ name: { contains: 'NN', ignoreCase: true } }, '12'],
    [{ name: { contains: '' } }, '123'],
    [{ name: { endsWith: '.' } }, '2'],
    [{ name: { startsWith: 'AN', ignoreCase: true } }, '12'],
    [{ name: { eq: 'STRASSE', ignoreCase: true } }, '3'],
    [{ name: { ne: 'ANNA', ignoreCase: true } }, '2345'],
    [{ name: { in: ['anna', null], ignoreCase: true } }, '14'],
    [{ name: { notIn: ['Anna', 'Straße'] } }, '245'],
    [{ name: { notIn: [] } }, '12345'],
    [{ name: { matches: '^a' } }, '2'],
    [{ name: { matches: '^a', ignoreCase: true } }, '12'],
    [{ name: { matches: '\\w \\w\\.$', ignoreCase: true } }, '2'],
    [{ name: { matches: '' } }, '123'],
    [{ n: { between: [1, 2] } }, '12'],
    [{ n: { between: [2, 1] } }, ''],
    [{ n: { between: ['1', '3'] } }, '3'],
    [{ n: { between: [null, 9] } }, ''],
    [{ name: { between: ['A', 'B'], ignoreCase: true } }, '12'],
    [{ n: { isNull: true } }, '45'],
    [{ n: { isNull: false } }, '123'],
    [{ gone: { isNull: true } }, '12345'],
    [{ tags: { has: 'red' } }, '13'],
    [{ tags: { has: 'blue' } }, ''],
    [{ tags: { has: 'blue', ignoreCase: true } }, '1'],
    [{ tags: { has: ['deep'] } }, '3'],
    [{ tags: { has: { b: 2, a: 1 } } }, '5'],
    [{ tags: { hasAny: ['blue', 'red'] } }, '13'],
    [{ tags: { hasAny: [] } }, ''],
    [{ tags: { eq: ['RED', 'BLUE'], ignoreCase: true } }, '1'],
    [{ name: { has: 'A' } }, ''],
    [{ at: { near: { lat: 52.5, lng: 13.4, withinMeters: 5000 } } }, '1'],
    [{ at: { near: { lat: 52.5, lng: 13.4, withinMeters: 600_000 } } }, '12'],
    [{ at: { near: { lat: 0, lng: -180, withinMeters: 0.001 } } }, '5'],
    [{ at: { near: { lat: 0, lng: 0, withinMeters: 20_016_000 } } }, '125'],
    [{ 'name.x': 'own' }, '5'],
    [{ 'name.x': 'inner' }, ''],
    [{ 'name.y.z': { gte: 1 } }, '5'],
    [{ 'tags.0': { ne: null } }, ''],
    [{ 'name.length': { ne: null } }, ''],
    [{ 'name.y.toString': { ne: null } }, ''],
    [{ NOT: { OR: [{ name: { contains: 'a' } }, { n: { isNull: true } }] } }, ''],
    [{ n: { isNull: false, notIn: [1] }, name: { contains: 'A', ignoreCase: true } }, '23'],
    [{ n: { ignoreCase: false, eq: 1 } }, '1'],
  ])('%j finds %j, and the matcher for servers agrees', async (where, found) => {
    const client = await filled()
    expect((await client.query({ where })).map(({ id }) => id).join('')).toBe(found)
    expect(await client.count({ where })).toBe(found.length)
    const filter = normaliseWhere(where, moreOperators)
    const onServer = JSON.parse(JSON.stringify(filter)) as Filter
    const passes = (thing: Thing): boolean => matches(onServer, thing as unknown as JsonObject)
    expect(
      things
        .filter(passes)
        .map(({ id }) => id)
        .join(''),
    ).toBe(found)
  })

  it('near measures as the sphere does: Berlin and Munich are 504 km apart', async () => {
    const client = await filled()
    const find = (withinMeters: number) =>
      client.count({ where: { at: { near: { lat: 52.52, lng: 13.405, withinMeters } } } })
    expect([await find(504_000), await find(504_500)]).toEqual([1, 2])
  })

  it.each<[string, object]>([
    ['where.n.notIn', { n: { notIn: 1 } }],
    ['where.n.between', { n: { between: [1] } }],
    ['where.n.between', { n: { between: { 0: 1, 1: 2 } } }],
    ['where.n.isNull', { n: { isNull: 'yes' } }],
    ['where.name.contains', { name: { contains: 1 } }],
    ['where.name.endsWith', { name: { endsWith: null } }],
    ['where.name.matches', { name: { matches: '(' } }],
    ['where.name.matches', { name: { matches: /a/ } }],
    ['where.name.matches', { name: { matches: 'a'.repeat(201) } }],
    ['where.tags.hasAny', { tags: { hasAny: 'red' } }],
    ['where.at.near', { at: { near: { lat: 91, lng: 0, withinMeters: 1 } } }],
    ['where.at.near', { at: { near: { lat: 0, lng: 0, withinMeters: -1 } } }],
    ['where.at.near', { at: { near: { lat: 0, lng: 0, withinMeters: 1, unit: 'km' } } }],
    ['where.at.near', { at: { near: [0, 0, 1] } }],
    ['where.name.ignoreCase', { name: { eq: 'a', ignoreCase: 'yes' } }],
    ['where.name is empty', { name: { ignoreCase: true } }],
    ['where.name.like', { name: { like: 'a' } }],
    ['where.name.constructor', { name: { constructor: 'a' } }],
    ['where.name.contains', { name: { contains: undefined } }],
    ['where.name.in', { name: { in: [() => true] } }],
  ])('is refused at %s where it is not what it may be: %j', async (name, where) => {
    const client = await filled()
    const error = await client.query({ where }).catch((thrown: unknown) => thrown)
    expect(isSyncError(error, 'SYNC_INPUT_INVALID') && error.message).toContain(name)
  })

  it('beyond those of every client is refused without the option, naming what brings it', async () => {
    const client = createSyncClient({
      collections: { things: record<{ id: string; name: string }>() },
      env: virtualEnv(),
    })
    for (const where of [{ name: { contains: 'a' } }, { name: { eq: 'a', ignoreCase: true } }]) {
      await expect(client.collections.things.query({ where })).rejects.toThrow(/moreOperators/)
    }
    await client.dispose()
  })
})

describe('the matcher for servers', () => {
  const test = (is: string, value: unknown, ignoreCase?: true) =>
    ({ field: 'a', is, value, ...(ignoreCase && { ignoreCase }) }) as Filter
  const row: JsonObject = { a: 'Abc', n: { m: 1 } }

  it.each<[Filter, boolean]>([
    [test('contains', 'bc'), true],
    [test('contains', 'BC'), false],
    [test('contains', 'BC', true), true],
    [{ not: test('isNull', true) }, true],
    [{ all: [test('eq', 'Abc'), { any: [] }] }, false],
    [{ any: [test('matches', '^x'), { field: 'n.m', is: 'between', value: [0, 1] }] }, true],
    [{ field: 'gone', is: 'eq' }, true],
  ])('decides %j: %s', (filter, holds) => {
    expect(matches(filter, row)).toBe(holds)
    expect(matches(filter, row)).toBe(holds)
  })

  it.each<[Filter]>([
    [test('like', 'a')],
    [test('toString', 'a')],
    [test('__proto__', 'a')],
    [test('matches', '(')],
    [test('in', 'a')],
    [test('near', null)],
    [{ not: test('between', [1]) }],
  ])('refuses %j', (filter) => {
    expect(() => matches(filter, row)).toThrow(expect.objectContaining({ code: 'SYNC_UNSUPPORTED' }))
  })
})

describe('a condition of a write', () => {
  it('is refused where the remote does not declare the operator, or the ignoring of case', async () => {
    const { tasks } = device(new TestServer(), { operators: moreOperators })
    await tasks.create({ id: 'a', title: 'A', n: 1 })
    const refusal = { code: 'SYNC_UNSUPPORTED' }
    await expect(tasks.update('a', { n: 2 }, { where: { title: { contains: 'A' } } })).rejects.toMatchObject(refusal)
    await expect(
      tasks.update('a', { n: 2 }, { where: { title: { eq: 'a', ignoreCase: true } } }),
    ).rejects.toMatchObject(refusal)
    await tasks.update('a', { n: 2 }, { where: { title: 'A' } })
    expect((await tasks.read('a'))?.n).toBe(2)
  })
})

describe('a scope', () => {
  it('may use every operator: what arrives and does not match is let go', async () => {
    const server = new TestServer()
    for (const [id, title] of [
      ['a', 'Alpha'],
      ['b', 'Beta'],
      ['c', 'Gamma'],
    ] as const)
      server.write('tasks', id, { id, title })
    const { tasks, sync } = device(server, {
      operators: moreOperators,
      scope: () => ({ title: { contains: 'ET', ignoreCase: true } }),
    })
    await sync()
    expect((await tasks.readAll()).map(({ id }) => id)).toEqual(['b'])
  })
})
