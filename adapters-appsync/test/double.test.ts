import { modelServer } from '@rowkeep/kernel/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AppsyncDouble, appsyncDouble, doubleApiKey } from '../src/testing/index.ts'
import { until } from './support/network.ts'

let double: AppsyncDouble
beforeEach(() => {
  double = appsyncDouble()
})
afterEach(() => double.close())

interface Answer {
  readonly status: number
  readonly data: Record<string, never>
  readonly errors: readonly {
    readonly errorType?: string
    readonly message: string
    readonly data?: unknown
    readonly path?: unknown
  }[]
}

async function ask(
  body: unknown,
  headers: Record<string, string> = { authorization: 'token-of-ada' },
  to = double,
): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await to.fetch(new Request('http://127.0.0.1:8080/graphql', { method: 'POST', body: text, headers }))
  return { status: response.status, ...((await response.json()) as Omit<Answer, 'status'>) }
}

const create = (input: object, condition: object | null = null): object => ({
  query:
    'mutation operation($input: CreateNoteInput!, $condition: ModelNoteConditionInput) { createNote(input: $input, condition: $condition) { id title _version _deleted } }',
  variables: { input, condition },
})
const write = (kind: 'update' | 'delete', input: object, condition: object | null = null): object => ({
  query: `mutation operation($input: ${kind === 'update' ? 'Update' : 'Delete'}NoteInput!, $condition: ModelNoteConditionInput) { ${kind}Note(input: $input, condition: $condition) { id title _version _deleted } }`,
  variables: { input, condition },
})
// As Amazon's DataStore writes it.
const sync = (variables: object = {}): object => ({
  query:
    'query operation($limit: Int, $nextToken: String, $lastSync: AWSTimestamp, $filter: ModelNoteFilterInput) { syncNotes(limit: $limit, nextToken: $nextToken, lastSync: $lastSync, filter: $filter) { items { id title createdAt updatedAt _version _lastChangedAt _deleted } nextToken startedAt } }',
  variables,
})

describe('the front door', () => {
  it.each<[string, Record<string, string>]>([
    ['no credentials', {}],
    ['a token that nobody has', { authorization: 'token-of-nobody' }],
    ['a bearer prefix, which AppSync takes no notice of', { authorization: 'Bearer token-of-ada' }],
    ['a key that is none', { 'x-api-key': 'da2-other' }],
    ['a signature', { authorization: 'AWS4-HMAC-SHA256 Credential=x' }],
  ])('answers %s with 401 before it reads the request', async (_, headers) => {
    expect(await ask('meow', headers)).toMatchObject({ status: 401, errors: [{ errorType: 'UnauthorizedException' }] })
  })

  it.each([
    ['', 'Request body is empty.'],
    ['meow', 'Unable to parse GraphQL query.'],
    ['{}', 'Unable to parse GraphQL query.'],
    ['{"query":"query {"}', 'Unable to parse GraphQL query.'],
  ])('answers %j with 400', async (body, message) => {
    expect(await ask(body)).toEqual({ status: 400, errors: [{ errorType: 'MalformedHttpRequestException', message }] })
  })

  it('lets browsers of any origin in', async () => {
    const response = await double.fetch(new Request(`${double.origin}/graphql`, { method: 'OPTIONS' }))
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(response.headers.get('access-control-allow-headers')).toContain('x-api-key')
  })

  it('is at /graphql only, and for POST', async () => {
    expect((await double.fetch(new Request(`${double.origin}/other`, { method: 'POST' }))).status).toBe(404)
    expect((await double.fetch(new Request(`${double.origin}/graphql`))).status).toBe(405)
  })
})

describe('the schema', () => {
  it.each([
    [
      { query: '{ syncNotes { items { id place } } }' },
      "Validation error of type FieldUndefined: Field 'place' in type 'Note' is undefined",
    ],
    [
      { query: '{ syncOthers { nextToken } }' },
      "Validation error of type FieldUndefined: Field 'syncOthers' in type 'Query' is undefined",
    ],
    [
      { query: '{ syncNotes(order: 1) { nextToken } }' },
      'Validation error of type UnknownArgument: Unknown field argument order',
    ],
    [
      create({ id: 'n1', place: 'x' }),
      "The variables input contains a field name 'place' that is not defined for input object type 'CreateNoteInput' ",
    ],
    [
      create({ id: 'n1', _deleted: true }),
      "The variables input contains a field name '_deleted' that is not defined for input object type 'CreateNoteInput' ",
    ],
    [
      create({ id: 'n1' }, { id: { eq: 'n1' } }),
      "The variables condition contains a field name 'id' that is not defined for input object type 'ModelNoteConditionInput' ",
    ],
    [
      create({ id: 'n1' }, { title: { matches: 'x' } }),
      "The variables condition contains a field name 'matches' that is not defined for input object type 'ModelStringInput' ",
    ],
    [create({ id: 'n1', n: 'one' }), "Variable 'input' has an invalid value."],
    [sync({ lastSync: 1.5 }), "Variable 'lastSync' has an invalid value."],
    [write('update', { title: 'x' }), "Variable 'input' has coerced Null value for NonNull type 'ID!'"],
  ])('refuses %j', async (body, message) => {
    expect(await ask(body)).toMatchObject({ status: 200, data: null, errors: [{ message }] })
    expect(await double.rows('notes')).toEqual([])
  })
})

describe('a versioned row', () => {
  it('counts from 1, and takes writes for its newest version only', async () => {
    expect(await ask(create({ id: 'n1', title: 'one' }))).toMatchObject({
      data: { createNote: { _version: 1, _deleted: null } },
    })
    for (const _version of [undefined, 0, 2])
      expect(await ask(write('update', { id: 'n1', title: 'x', _version }))).toMatchObject({
        data: { updateNote: null },
        errors: [
          {
            errorType: 'ConflictUnhandled',
            path: ['updateNote'],
            data: { id: 'n1', title: 'one', _version: 1, _deleted: null },
          },
        ],
      })
    expect(await ask(write('update', { id: 'n1', title: 'two', _version: 1 }))).toMatchObject({
      data: { updateNote: { _version: 2 } },
    })
    expect(await ask(write('delete', { id: 'n1', _version: 2 }))).toMatchObject({
      data: { deleteNote: { title: 'two', _version: 3, _deleted: true } },
    })
  })

  it('is not created twice, deleted or not', async () => {
    await ask(create({ id: 'n1', title: 'one' }))
    const refused = { errors: [{ errorType: 'DynamoDB:ConditionalCheckFailedException' }] }
    expect(await ask(create({ id: 'n1', title: 'two' }))).toMatchObject(refused)
    await ask(write('delete', { id: 'n1', _version: 1 }))
    expect(await ask(create({ id: 'n1', title: 'two' }))).toMatchObject(refused)
  })

  it('has its version compared before its condition', async () => {
    await ask(create({ id: 'n1', title: 'one' }))
    const condition = { title: { eq: 'other' } }
    expect(await ask(write('update', { id: 'n1', _version: 9 }, condition))).toMatchObject({
      errors: [{ errorType: 'ConflictUnhandled' }],
    })
    expect(await ask(write('update', { id: 'n1', _version: 1 }, condition))).toMatchObject({
      errors: [{ errorType: 'DynamoDB:ConditionalCheckFailedException' }],
    })
  })

  it('is no larger than DynamoDB allows', async () => {
    expect(await ask(create({ id: 'n1', title: 'x'.repeat(409_600) }))).toMatchObject({
      errors: [{ errorType: 'DynamoDB:DynamoDbException', message: expect.stringContaining('Item size has exceeded') }],
    })
  })
})

describe('an owner rule', () => {
  const bob = { authorization: 'token-of-bob' }

  it('shows nobody the rows of another, and lets nobody write them', async () => {
    await ask(create({ id: 'n1', title: 'of ada' }))
    expect(await ask(sync(), bob)).toMatchObject({ data: { syncNotes: { items: [] } } })
    for (const body of [
      write('update', { id: 'n1', _version: 1 }),
      write('delete', { id: 'n1', _version: 1 }),
      { query: '{ getNote(id: "n1") { id } }' },
    ])
      expect(await ask(body, bob)).toMatchObject({ status: 200, errors: [{ errorType: 'Unauthorized', data: null }] })
    expect(await ask(create({ id: 'n1', title: 'of bob' }), bob)).toMatchObject({ errors: [{ data: null }] })
  })

  it('refuses a row that is not there as it refuses another user’s', async () => {
    expect(await ask(write('update', { id: 'n1', _version: 1 }))).toMatchObject({
      data: { updateNote: null },
      errors: [{ errorType: 'Unauthorized', message: 'Not Authorized to access updateNote on type Mutation' }],
    })
  })

  it('lets an API key nowhere in', async () => {
    expect(await ask(sync(), { 'x-api-key': doubleApiKey })).toMatchObject({
      status: 200,
      errors: [{ errorType: 'Unauthorized' }],
    })
  })
})

describe('a sync', () => {
  it('counts what it looks at, and gives a token as long as there may be more', async () => {
    for (const id of ['a', 'b', 'c', 'd']) await double.write('notes', { id, title: id })
    const seen: string[] = []
    let variables: { limit: number; nextToken?: string; filter: object } | undefined = {
      limit: 2,
      filter: { title: { eq: 'a' } },
    }
    let pages = 0
    while (variables) {
      const { data } = await ask(sync(variables))
      const { items, nextToken } = data['syncNotes'] as unknown as { items: { id: string }[]; nextToken: string | null }
      seen.push(...items.map(({ id }) => id))
      pages += 1
      variables = nextToken === null ? undefined : { ...variables, nextToken }
    }
    expect([seen, pages]).toEqual([['a'], 3])
  })

  it('refuses limits beyond 1000, and tokens that are none', async () => {
    expect(await ask(sync({ limit: 1001 }))).toMatchObject({ errors: [{ errorType: 'BadRequestException' }] })
    expect(await ask(sync({ nextToken: 'x' }))).toMatchObject({
      errors: [{ message: 'Invalid pagination token given.' }],
    })
  })

  it('keeps startedAt over the pages of a run', async () => {
    let now = 1000
    const one = appsyncDouble({ server: modelServer({ env: { now: () => now } }) })
    for (const id of ['a', 'b']) await one.write('notes', { id, title: id })
    const { data } = await ask(sync({ limit: 1 }), undefined, one)
    const first = data['syncNotes'] as unknown as { nextToken: string; startedAt: number }
    now = 2000
    const next = await ask(sync({ limit: 1, nextToken: first.nextToken }), undefined, one)
    expect([first.startedAt, next.data['syncNotes']]).toEqual([1000, expect.objectContaining({ startedAt: 1000 })])
  })
})

describe('rows of a server', () => {
  it('are there again in another double, deleted ones and markers included', async () => {
    const before = modelServer()
    const first = appsyncDouble({ server: before })
    const input = { id: 'n1', title: 'one', _m: ['op'] }
    await ask(create(input), undefined, first)
    await ask(create({ id: 'n2', title: 'two' }), undefined, first)
    await ask(write('delete', { id: 'n2', _version: 1 }), undefined, first)
    const second = appsyncDouble({ server: modelServer({ rows: [...before.list('notes')] }) })
    expect(await second.rows('notes')).toEqual([{ id: 'n1', title: 'one' }])
    const query = 'query { syncNotes(lastSync: 1795000000000) { items { id _version _deleted _m } } }'
    for (const one of [
      second,
      appsyncDouble({ server: modelServer({ rows: [...before.list('notes')] }), deltaTableTtlMs: 1e12 }),
    ]) {
      const { data } = await ask({ query }, undefined, one)
      const { items } = data['syncNotes'] as unknown as { items: readonly { id: string }[] }
      expect([...items].sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual([
        { id: 'n1', _version: 1, _deleted: null, _m: ['op'] },
        { id: 'n2', _version: 2, _deleted: true, _m: null },
      ])
    }
  })

  it('have the columns of their model and no other', async () => {
    await expect(double.write('notes', { id: 'n1', place: 'here' })).rejects.toThrow('no field place')
    await double.write('tasks', { id: 't1', place: 'here' })
    expect(await double.rows('tasks')).toEqual([{ id: 't1', place: 'here' }])
  })
})

describe('a socket', () => {
  const header = (value: object): string => `header-${btoa(JSON.stringify(value)).replace(/=+$/, '')}`

  /** Talks to the realtime endpoint and gives what it says. */
  function talk(
    protocols: readonly string[],
    messages: readonly object[],
  ): { readonly said: readonly Record<string, never>[]; readonly closed: () => boolean } {
    const said: Record<string, never>[] = []
    let closed = false
    let hear: (data: string) => void = () => undefined
    const closing: (() => void)[] = []
    double.socket({
      url: new URL('ws://127.0.0.1:8080/graphql/realtime'),
      protocols,
      send: (data) => said.push(JSON.parse(String(data)) as Record<string, never>),
      onMessage: (listener) => {
        hear = listener
      },
      onClose: (listener) => closing.push(listener),
      close() {
        closed = true
        for (const listener of closing) listener()
      },
    })
    for (const message of messages) hear(JSON.stringify(message))
    return { said, closed: () => closed }
  }

  const ada = header({ Authorization: 'token-of-ada', host: 'x' })
  const init = { type: 'connection_init' }
  const start = (
    query: string,
    authorization: object = { Authorization: 'token-of-ada' },
    variables: object = {},
  ): object => ({
    id: 's1',
    type: 'start',
    payload: { data: JSON.stringify({ query, variables }), extensions: { authorization } },
  })
  const on = 'subscription S { onCreateNote { id title } }'

  it('speaks graphql-ws and nothing else', () => {
    expect(talk(['other', ada], [init]).closed()).toBe(true)
  })

  it('acknowledges, tells that it is alive, starts, and stops', () => {
    const { said } = talk(['graphql-ws', ada], [init, start(on), { id: 's1', type: 'stop' }])
    expect(said).toMatchObject([
      { type: 'connection_ack', payload: { connectionTimeoutMs: 300_000 } },
      { type: 'ka' },
      { type: 'start_ack', id: 's1' },
      { type: 'complete', id: 's1' },
    ])
  })

  it('refuses a connection of nobody, and closes it', () => {
    const { said, closed } = talk(['graphql-ws', header({ Authorization: 'token-of-nobody' })], [init])
    expect(said).toMatchObject([{ type: 'connection_error', payload: { errors: [{ errorCode: 400 }] } }])
    expect(closed()).toBe(true)
  })

  it.each([
    ['nobody’s subscription', start(on, {}), 'UnauthorizedException'],
    ['that of an API key', start(on, { 'x-api-key': doubleApiKey }), 'Unauthorized'],
    ['a query', start('query { syncNotes { nextToken } }'), 'UnsupportedOperation'],
  ])('refuses %s', (_, message, errorType) => {
    expect(talk(['graphql-ws', ada], [init, message]).said.at(-1)).toMatchObject({
      type: 'error',
      id: 's1',
      payload: { errors: [{ errorType }] },
    })
  })

  it('refuses a field the schema does not have', () => {
    const { said } = talk(['graphql-ws', ada], [init, start('subscription { onCreateNote { place } }')])
    expect(said.at(-1)).toMatchObject({
      type: 'error',
      payload: { errors: [{ message: expect.stringContaining('FieldUndefined') }] },
    })
  })

  it.each([
    ['their own', 'ada', 'start_ack'],
    ['another user’s', 'bob', 'error'],
  ])('lets an owner subscribe to %s rows by the argument: %s gets %s', (_, owner, type) => {
    // As Amazon's DataStore subscribes.
    const query = 'subscription operation($owner: String!) { onCreateNote(owner: $owner) { id } }'
    expect(talk(['graphql-ws', ada], [init, start(query, undefined, { owner })]).said.at(-1)).toMatchObject({ type })
  })

  it('refuses a subscription without a variable that it needs', () => {
    const query = 'subscription operation($owner: String!) { onCreateNote(owner: $owner) { id } }'
    expect(talk(['graphql-ws', ada], [init, start(query)]).said.at(-1)).toMatchObject({
      type: 'error',
      payload: { errors: [{ message: "Variable 'owner' has coerced Null value for NonNull type 'String!'" }] },
    })
  })

  it('delivers what meets the filter of a subscription, and nothing else', async () => {
    const query =
      'subscription operation($filter: ModelSubscriptionNoteFilterInput) { onCreateNote(filter: $filter) { id } }'
    const filter = { and: [{ title: { ne: 'hidden' } }, { n: { in: [1, 2] } }] }
    const { said } = talk(['graphql-ws', ada], [init, start(query, undefined, { filter })])
    await double.write('notes', { id: 'n1', title: 'hidden', n: 1 })
    await double.write('notes', { id: 'n2', title: 'seen', n: 3 })
    await double.write('notes', { id: 'n3', title: 'seen', n: 2 })
    await until(() => said.length === 4)
    expect(said[3]).toMatchObject({ payload: { data: { onCreateNote: { id: 'n3' } } } })
  })

  it('starts nothing before it was greeted', () => {
    expect(talk(['graphql-ws', ada], [start(on)]).said).toMatchObject([
      { type: 'error', payload: { errors: [{ errorType: 'UnsupportedOperation' }] } },
    ])
  })

  it('delivers what the mutation selected, cut to what the subscription asks for', async () => {
    const { said } = talk(['graphql-ws', ada], [init, start(on)])
    const query = 'mutation { createNote(input: { id: "n1", title: "one" }) { id owner } }'
    await ask({ query })
    await double.write('notes', { id: 'n2', title: 'two' })
    await until(() => said.length === 5)
    expect(said.slice(3)).toEqual([
      { id: 's1', type: 'data', payload: { data: { onCreateNote: { id: 'n1', title: null } } } },
      { id: 's1', type: 'data', payload: { data: { onCreateNote: { id: 'n2', title: 'two' } } } },
    ])
  })
})
