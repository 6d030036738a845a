import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  base64Of,
  canonicalOf,
  checkedFields,
  encodedFilter,
  type FieldCodec,
  type FieldsKept,
  type FieldsOf,
  hexOf,
  mapFields,
  matches,
  withFields,
} from '../src/adapters/index.ts'
import { unreadable } from '../src/inbox/index.ts'
import {
  type CallContext,
  createSyncClient,
  type Filter,
  type JsonObject,
  type LiveEvent,
  type PushOperation,
  type PushVerdict,
  type RemoteChange,
  record,
} from '../src/index.ts'
import { TestServer } from './support/server.ts'
import { Disk } from './support/stores.ts'
import { virtualEnv } from './support/virtual-env.ts'

describe('the one text of', () => {
  const day = fc.date({
    min: new Date('0001-01-02T00:00:00Z'),
    max: new Date('9999-12-30T00:00:00Z'),
    noInvalidDate: true,
  })

  it('a date is what toISOString writes, whatever the offset, the blank and the zeros were', () => {
    fc.assert(
      fc.property(
        day,
        fc.integer({ min: -14 * 60, max: 14 * 60 }),
        fc.constantFrom('T', ' '),
        (date, minutes, between) => {
          const text = date.toISOString()
          expect(canonicalOf('date', text)).toBe(text)
          const [hours, rest] = [Math.trunc(Math.abs(minutes) / 60), Math.abs(minutes) % 60].map((part) =>
            String(part).padStart(2, '0'),
          )
          const local = new Date(date.getTime() + minutes * 60_000).toISOString().replace('T', between)
          expect(canonicalOf('date', local.replace('Z', `${minutes < 0 ? '-' : '+'}${hours}:${rest}`))).toBe(text)
          expect(canonicalOf('date', local.replace('Z', `000${minutes < 0 ? '-' : '+'}${hours}${rest}`))).toBe(text)
        },
      ),
    )
  })

  it('a date keeps the digits below the millisecond that are not zero', () => {
    expect(canonicalOf('date', '2026-01-31T09:30:00Z')).toBe('2026-01-31T09:30:00.000Z')
    expect(canonicalOf('date', '2026-01-31T09:30:00.1Z')).toBe('2026-01-31T09:30:00.100Z')
    expect(canonicalOf('date', '2026-01-31 09:30:00.123400+00')).toBe('2026-01-31T09:30:00.1234Z')
    expect(canonicalOf('date', '2026-01-31T09:30:00.123456789Z')).toBe('2026-01-31T09:30:00.123456789Z')
  })

  it('a whole number is its digits', () => {
    fc.assert(
      fc.property(fc.bigInt(), (number) => {
        expect(canonicalOf('bigint', String(number))).toBe(String(number))
      }),
    )
  })

  it('a decimal number has no zeros at its end, and is the same number', () => {
    const digits = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 30 }).map((all) => all.join(''))
    fc.assert(
      fc.property(fc.bigInt(), digits, fc.nat(5), (whole, fraction, zeros) => {
        const text = `${whole}${`.${fraction}${'0'.repeat(zeros)}`.replace(/\.$/, '')}`
        const canonical = canonicalOf('decimal', text) ?? ''
        expect(canonicalOf('decimal', canonical)).toBe(canonical)
        expect(canonical).not.toMatch(/\.\d*0$|\.$/)
        expect(text.startsWith(canonical) && /^\.?0*$/.test(text.slice(canonical.length))).toBe(true)
      }),
    )
    expect(['-0', '-0.00', '0.0', '0.50', '-1.0'].map((text) => canonicalOf('decimal', text))).toEqual([
      '0',
      '0',
      '0',
      '0.5',
      '-1',
    ])
  })

  it('bytes is their base64, and no other text that a decoder would take for them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64')
        expect(canonicalOf('bytes', text)).toBe(text)
      }),
    )
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ABQgwxyz09+/='.split('')), maxLength: 12 }), (text) => {
        const right = Buffer.from(text, 'base64').toString('base64') === text
        expect(canonicalOf('bytes', text)).toBe(right ? text : undefined)
      }),
    )
  })

  const none: readonly (readonly [FieldCodec, readonly unknown[]])[] = [
    [
      'date',
      [
        '',
        '2026-01-31',
        '2026-02-30T00:00:00Z',
        '2026-01-31T24:00:00Z',
        '2026-01-31T09:30:60Z',
        'infinity',
        '0000-01-01T00:00:00Z',
        '9999-12-31T23:59:59-01:00',
        '2026-01-31T09:30:00+24:00',
        '2026-01-31T09:30:00+01:60',
        '+012026-01-31T09:30:00Z',
        '2026-01-31T09:30:00',
        '2026-01-31T09:30:00.1234567890Z',
        ' 2026-01-31T09:30:00Z',
        '2026-01-31T09:30:00Z\n',
        0,
      ],
    ],
    ['bigint', ['', '-0', '01', '+1', '1.0', '1e3', '0x1', ' 1', '1n', '१', 1, 1n]],
    ['decimal', ['', '.5', '5.', '+1', '01', '1e3', 'NaN', 'Infinity', '1,5', '--1', '1.2.3', 1.5]],
    ['bytes', ['A', 'AA', 'AAA', 'AQJ=', 'AR==', 'AQ=', '====', 'A===', 'AQ I=', 'AQ-_', 'AQI=\n', new Uint8Array(2)]],
  ]
  it.each(none)('%s is nothing else', (codec, texts) => {
    const given = [...texts, null, undefined, {}, [], true, '\0', '\ud800']
    expect(given.filter((text) => canonicalOf(codec, text as never) !== undefined)).toEqual(
      codec === 'bytes' && given.includes('') ? [''] : [],
    )
  })

  it('no bytes is the empty text, and a megabyte is looked through', () => {
    expect(canonicalOf('bytes', '')).toBe('')
    const long = Buffer.alloc(1_000_000, 7).toString('base64')
    expect(canonicalOf('bytes', long)).toBe(long)
    expect(canonicalOf('bytes', `${long}*`)).toBeUndefined()
  })
})

it('a codec that is none, or no codecs at all, is refused by name', () => {
  const refuse = (fields: unknown) => () => checkedFields('notes.fields', fields)
  expect(refuse({ at: 'datetime' })).toThrow(
    'notes.fields.at must be one of date, bigint, decimal, bytes, not datetime',
  )
  expect(refuse({ at: 'toString' })).toThrow('SYNC_CONFIG_INVALID')
  expect(refuse({ at: ['date'] })).toThrow('SYNC_CONFIG_INVALID')
  expect(refuse({ at: Symbol('date') })).toThrow('SYNC_CONFIG_INVALID')
  for (const none of [null, [], ['at'], 'at', 7, () => ({})]) expect(refuse(none)).toThrow('notes.fields must be like')
  expect(checkedFields('x', undefined)).toEqual({})
  expect(checkedFields('x', { at: 'date', data: 'bytes' })).toEqual({ at: 'date', data: 'bytes' })
})

interface Note {
  id: string
  title?: string
  at?: string | null
  n?: string
  price?: string
  data?: string
}
const fields = { at: 'date', n: 'bigint', price: 'decimal', data: 'bytes' } as const
const text: FieldsKept = { as: 'text', digits: 9 }
const typed: FieldsKept = { as: 'typed', digits: 6 }

function scene(kept: FieldsKept = typed) {
  const server = new TestServer()
  const plain = server.adapter()
  const remote = withFields(plain, { notes: fields }, kept)
  const store = new Disk()
  const client = createSyncClient({
    collections: { notes: record<Note>() },
    remote,
    store,
    env: virtualEnv(),
    sync: 'manual',
  })
  return { server, plain, remote, client, notes: client.collections.notes }
}

const good: Note = { id: 'a', at: '2026-01-31T09:30:00.000Z', n: '-9007199254740993', price: '12.5', data: 'AQI=' }

const bad: readonly (readonly [keyof Note, unknown, RegExp])[] = [
  ['at', '31.1.2026', /^notes\.at must be date as text/],
  ['at', '2026-01-31T09:30:00.000+01:00', /^notes\.at must be date as text/],
  ['at', 1769851800000, /^notes\.at must be date as text/],
  ['n', 5, /^notes\.n must be bigint as text/],
  ['n', '1.5', /^notes\.n must be bigint as text/],
  ['price', 1.5, /^notes\.price must be decimal as text/],
  ['data', [1, 2], /^notes\.data must be bytes as text/],
]
const onlyTyped: typeof bad = [
  ['at', '2026-01-31T09:30:00Z', /^notes\.at must be "2026-01-31T09:30:00\.000Z"/],
  ['at', '2026-01-31T09:30:00.1234567Z', /^notes\.at has too many digits of a second/],
  ['price', '12.50', /^notes\.price must be "12\.5"/],
]

describe.each([
  ['text', text],
  ['typed', typed],
] as const)('fields that a backend keeps as %s', (_, kept) => {
  it.each([...bad, ...(kept.as === 'typed' ? onlyTyped : [])])(
    'refuse %s: %j at the call, naming what it must be',
    async (field, value, message) => {
      const { notes, server, client } = scene(kept)
      await notes.create(good)
      const wrong = { ...good, [field]: value } as Note
      const calls = [
        () => notes.create({ ...wrong, id: 'b' }),
        () =>
          notes.createMany([
            { ...good, id: 'c' },
            { ...wrong, id: 'd' },
          ]),
        () => notes.save(wrong),
        () => notes.update('a', { [field]: value }),
      ]
      for (const call of calls) {
        await expect(call()).rejects.toMatchObject({
          code: 'SYNC_INPUT_INVALID',
          message: expect.stringMatching(message),
        })
      }
      expect(await notes.readAll()).toEqual([good])
      await client.synchronize()
      expect(server.all('notes')).toEqual({ a: good })
    },
  )

  it('come back as they were sent, null and absent ones too', async () => {
    const { notes, server, client } = scene(kept)
    await notes.create(good)
    await notes.create({ id: 'b', at: null })
    await client.synchronize()
    expect(server.all('notes')).toEqual({ a: good, b: { id: 'b', at: null } })
    expect(client.status.getSnapshot()).toMatchObject({ pending: 0, unreadable: 0, writes: { applied: 2 } })
  })
})

it('what a backend keeps as text is taken in every spelling, as it is', async () => {
  const { notes, client, server } = scene(text)
  const spelt = { id: 'a', at: '2026-01-31T09:30:00Z', price: '12.50' }
  server.write('notes', 'a', spelt)
  await client.synchronize()
  expect(await notes.read('a')).toEqual(spelt)
  await notes.update('a', { price: '1.00' })
  await client.synchronize()
  expect(server.record('notes', 'a')).toEqual({ ...spelt, price: '1.00' })
})

it.each(bad)(
  'a row whose %s is %j is unreadable, with the reason, and the rest of its page is taken',
  async (field, value, message) => {
    const { notes, client, server } = scene()
    server.write('notes', 'a', { ...good, [field]: value } as unknown as JsonObject)
    server.write('notes', 'b', { ...good, id: 'b' } as unknown as JsonObject)
    await client.synchronize()
    expect((await notes.readAll()).map(({ id }) => id)).toEqual(['b'])
    const [row, ...more] = unreadable(client).getSnapshot() ?? []
    expect(more).toEqual([])
    expect(`notes.${row?.reason.message}`).toMatch(message)
  },
)

it('a record is not held back for what an old version of the app left in fields that are not changed', async () => {
  const { notes, client, plain } = scene()
  await client.dispose()
  expect(notes).toBeDefined()
  const { check } = withFields(plain, { notes: fields }, typed)
  const old = { id: 'a', n: 7, title: 'x' }
  expect(() => check?.('notes', { ...old, title: 'y' }, old)).not.toThrow()
  expect(() => check?.('notes', { ...old, n: 8 }, old)).toThrow('notes.n')
  expect(() => check?.('notes', old, null)).toThrow('notes.n')
  expect(() => check?.('others', old, null)).not.toThrow()
})

const context = { user: '', signal: new AbortController().signal, timeoutMs: 1000, env: virtualEnv() } as CallContext
const operation = (id: string, set: JsonObject): PushOperation => ({
  ...{ opId: `op-${id}`, kind: 'create', collection: 'notes', id, expected: null, resend: false },
  ...{ change: { set }, record: set },
})

it('an operation that was accepted before the codec was declared is rejected unsent, and its neighbours are not', async () => {
  const { remote, server } = scene()
  const operations = [operation('a', { id: 'a', n: 7 }), operation('b', { id: 'b', n: '7' })]
  const [first, second] = await remote.push({ operations, atomic: false }, context)
  expect(first).toMatchObject({
    kind: 'rejected',
    error: { code: 'SYNC_REJECTED', message: expect.stringContaining('n must be') },
  })
  expect(second?.kind).toBe('applied')
  expect(server.sent.map(({ id }) => id)).toEqual(['b'])
  const atomic = await remote.push({ operations, atomic: true }, context)
  expect(atomic).toMatchObject([{ kind: 'rejected' }, { kind: 'retry', outcome: 'unapplied' }])
  await remote.push({ operations: operations.slice(0, 1), atomic: false }, context)
  expect(server.requests).toHaveLength(1)
  server.beforePush = () => []
  expect(await remote.push({ operations, atomic: false }, context)).toEqual([])
})

it('the row of a verdict that cannot be read is left out, and a live row is unreadable', async () => {
  const { server, remote } = scene()
  const row: RemoteChange = { kind: 'record', collection: 'notes', id: 'a', revision: '1', record: { id: 'a', n: 7 } }
  const verdict = (kind: 'applied' | 'conflict'): PushVerdict => ({ kind, row })
  server.beforePush = () => [verdict('applied')]
  const request = { operations: [operation('a', { id: 'a', n: '7' })], atomic: false }
  expect(await remote.push(request, context)).toEqual([{ kind: 'applied' }])
  server.beforePush = () => [verdict('conflict')]
  expect(await remote.push(request, context)).toEqual([{ kind: 'conflict' }])
  const events: LiveEvent[] = []
  remote.subscribe({ id: 'notes', collections: ['notes'] }, (event) => events.push(event), context)()
  remote.subscribe({ id: 'notes', collections: ['notes'] }, (event) => events.push(event), context)
  server.tell({ kind: 'data', changes: [row, { ...row, collection: 'others' }] })
  expect(events).toMatchObject([
    { kind: 'up' },
    { kind: 'up' },
    { kind: 'data', changes: [{ kind: 'unreadable' }, { kind: 'record' }] },
  ])
})

it('other codecs are another history: what is here is read anew', async () => {
  const { server, plain } = scene()
  server.write('notes', 'a', { id: 'a', n: '7' })
  const ask = async (given: FieldsOf, cursor: string | null = null, collection = 'notes') =>
    (
      await withFields(plain, given, text).pull(
        { feed: { id: collection, collections: [collection] }, cursor, limit: 10 },
        context,
      )
    ).epoch
  const epochs = [
    await ask({}),
    await ask({ notes: {} }),
    await ask({ notes: fields }),
    await ask({ notes: { n: 'bigint' } }),
  ]
  expect(new Set(epochs).size).toBe(3)
  expect(epochs[0]).toBe(epochs[1])
  expect(await ask({ notes: fields })).toBe(epochs[2])
  expect(await ask({ notes: fields }, null, 'others')).toBe(epochs[0])
  server.expire()
  expect(await ask({ notes: fields }, JSON.stringify({ at: 0, kind: 'delta', from: 0, epoch: 'e1' }))).toBe(epochs[2])
})

it('without any codec the remote is as it was', () => {
  const { plain } = scene()
  expect(withFields(plain, {}, text)).toBe(plain)
  expect(withFields(plain, { notes: {}, others: undefined }, text)).toBe(plain)
})

describe('queries of a remote with codecs', () => {
  const server = new TestServer()
  server.write('tasks', 'good', { id: 'good', due: '2026-01-31T09:30:00.000Z' })
  server.write('tasks', 'bad', { id: 'bad', due: 'tomorrow' })
  const context = {} as CallContext
  const asked = { collection: 'tasks', limit: 5, filter: { not: { field: 'due', is: 'eq', value: null } } } as const

  it('set a row aside that has no text for its value', async () => {
    const remote = withFields(server.queryable(), { tasks: { due: 'date' } }, { as: 'text', digits: 3 })
    expect((await remote.query(asked, context)).rows).toMatchObject([
      { kind: 'unreadable', id: 'bad', error: { code: 'SYNC_PROTOCOL' } },
      { kind: 'record', id: 'good' },
    ])
    expect(await remote.count(asked, context)).toBe(2)
  })

  it('name no field that the backend compares in its own way', async () => {
    const remote = withFields(server.queryable(), { tasks: { due: 'date' } }, { as: 'typed', digits: 3 })
    const refusal = { code: 'SYNC_UNSUPPORTED', message: expect.stringContaining('due') }
    await expect(remote.query(asked, context)).rejects.toMatchObject(refusal)
    await expect(remote.count(asked, context)).rejects.toMatchObject(refusal)
    const ordered = { collection: 'tasks', limit: 5, order: [{ field: 'due', descending: true }] }
    await expect(remote.query(ordered, context)).rejects.toMatchObject(refusal)
    await expect(remote.query({ collection: 'tasks', limit: 5 }, context)).resolves.toMatchObject({ after: null })
    await expect(remote.query({ ...asked, collection: 'notes' }, context)).resolves.toMatchObject({ rows: [] })
  })
})

it('bytes in hex digits are those in base64', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
      const [hex, base64] = [Buffer.from(bytes).toString('hex'), Buffer.from(bytes).toString('base64')]
      expect([hexOf(base64), base64Of(hex), base64Of(hex.toUpperCase())]).toEqual([hex, base64, base64])
    }),
  )
  expect([base64Of('0'), base64Of('xy')]).toEqual(['0', 'xy'])
})

it('fields are changed by their codec, null and absent ones not, whatever names a record has', () => {
  const given = JSON.parse('{"__proto__":"1","n":"2","at":null,"constructor":"3"}') as JsonObject
  const codecs = checkedFields('x', JSON.parse('{"__proto__":"bigint","n":"bigint","at":"date","toString":"bytes"}'))
  const changed = mapFields(given, codecs, (codec, value) => `${codec} ${String(value)}`)
  expect(JSON.stringify(changed)).toBe('{"__proto__":"bigint 1","n":"bigint 2","at":null,"constructor":"3"}')
})

it('a filter over values of a typed backend holds for the rows it holds for as text', () => {
  const rows = ['5', '-12', '12.5', null].map((price): JsonObject => ({ price, toString: 'x' }))
  const value = fc.constantFrom('5', '5.0', '-12', '12.5', 'many', 5, null)
  const test = fc.oneof(
    fc.record({ field: fc.constant('price'), is: fc.constantFrom('eq', 'ne'), value }),
    fc.record({ field: fc.constant('price'), is: fc.constant('in'), value: fc.array(value, { maxLength: 3 }) }),
    fc.record({ field: fc.constant('toString'), is: fc.constant('eq'), value: fc.constantFrom('x', 'y') }),
  )
  const { filter } = fc.letrec<{ filter: Filter; test: Filter }>((tie) => ({
    test: test as fc.Arbitrary<Filter>,
    filter: fc.oneof(
      { depthSize: 'small' },
      tie('test'),
      fc.record({ not: tie('filter') }),
      fc.record({ all: fc.array(tie('filter'), { maxLength: 2 }) }),
      fc.record({ any: fc.array(tie('filter'), { maxLength: 2 }) }),
    ) as fc.Arbitrary<Filter>,
  }))
  const typed = ({ price, ...rest }: JsonObject): JsonObject => ({
    ...rest,
    price: price == null ? null : Number(price),
  })
  fc.assert(
    fc.property(filter, (one) => {
      const over = encodedFilter(one, { price: 'decimal' }, (_, given) => Number(given))
      expect(rows.map((row) => matches(over, typed(row)))).toEqual(rows.map((row) => matches(one, row)))
    }),
  )
})
