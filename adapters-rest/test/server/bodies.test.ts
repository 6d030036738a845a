import type { Failure, Json } from '@rowkeep/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { adasHeaders, handlerOver, operationBody, post, pullBody, pushBody, recorder } from './calls.ts'

const failureOf = async (response: Response): Promise<Failure> => ((await response.json()) as { error: Failure }).error

describe('a body', () => {
  const refused = async (path: string, body: Json | Uint8Array<ArrayBuffer>): Promise<Failure> => {
    const storage = recorder()
    const response = await handlerOver(storage)(post(path, body))
    expect(response.status).toBe(400)
    expect([...storage.pulls, ...storage.pushes]).toEqual([])
    return failureOf(response)
  }

  it.each(['', '{', 'secret', '[1,]', '{"a":NaN}'])(
    'that is no JSON is refused without quoting it: %s',
    async (text) => {
      const failure = await refused('/pull', text)
      expect(failure.code).toBe('SYNC_PROTOCOL')
      expect(failure.message).not.toContain('secret')
    },
  )

  it('that is no UTF-8 is refused', async () => {
    await refused('/pull', new Uint8Array([0x22, 0xff, 0x22]))
  })

  it('with a number that is not finite, or nested too deeply, is refused', async () => {
    await refused('/push', JSON.stringify(pushBody(operationBody)).replace('"n":1', '"n":1e999'))
    await refused(
      '/push',
      JSON.stringify(pushBody(operationBody)).replace('"n":1', `"n":${'['.repeat(200)}${']'.repeat(200)}`),
    )
    await refused('/push', `${'['.repeat(100_000)}${']'.repeat(100_000)}`)
  })

  it('nested as deeply as a record may be is taken', async () => {
    const deep = `${'['.repeat(99)}1${']'.repeat(99)}`
    const response = await handlerOver(recorder())(
      post('/push', JSON.stringify(pushBody(operationBody)).replaceAll('"n":1', `"n":${deep}`)),
    )
    expect(response.status).toBe(200)
  })

  it('larger than allowed is refused before it is read to the end', async () => {
    let sent = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1
        controller.enqueue(new Uint8Array(1000).fill(0x20))
      },
    })
    const init = { method: 'POST', headers: adasHeaders, body, duplex: 'half' } as RequestInit
    const response = await handlerOver(recorder(), { limits: { requestBytes: 10_000 } })(
      new Request('https://rest.test/sync/push', init),
    )
    expect([response.status, (await failureOf(response)).code]).toEqual([413, 'SYNC_TOO_LARGE'])
    expect(sent).toBeLessThan(20)
  })

  it('that announces too much is refused unread', async () => {
    const response = await handlerOver(recorder(), { limits: { requestBytes: 10 } })(
      post('/pull', pullBody, { 'content-length': '1000' }),
    )
    expect(response.status).toBe(413)
  })

  const { feed } = pullBody
  it.each<[string, Json]>([
    ['the body', []],
    ['the body', null],
    ['limit', { feed, cursor: null }],
    ['limit', { ...pullBody, limit: 0 }],
    ['limit', { ...pullBody, limit: 1.5 }],
    ['limit', { ...pullBody, limit: '10' }],
    ['cursor', { feed, limit: 1 }],
    ['cursor', { ...pullBody, cursor: 7 }],
    ['feed', { ...pullBody, feed: [] }],
    ['feed.id', { ...pullBody, feed: { collections: ['notes'] } }],
    ['feed.id', { ...pullBody, feed: { ...feed, id: 'x'.repeat(257) } }],
    ['feed.collections', { ...pullBody, feed: { id: 'f', collections: [] } }],
    ['feed.collections[1]', { ...pullBody, feed: { id: 'f', collections: ['notes', 1] } }],
    ['feed.filters', { ...pullBody, feed: { ...feed, filters: [] } }],
    ['a field of feed.filters', { ...pullBody, feed: { ...feed, filters: { notes: {} } } }],
    ['a field of feed.filters', { ...pullBody, feed: { ...feed, filters: { notes: { all: [], any: [] } } } }],
    [
      'a field of feed.filters.is',
      { ...pullBody, feed: { ...feed, filters: { notes: { field: 'a', is: 'toString' } } } },
    ],
    [
      'a field of feed.filters.all[0].value',
      { ...pullBody, feed: { ...feed, filters: { notes: { all: [{ field: 'a', is: 'in', value: 1 }] } } } },
    ],
    [
      'a field of feed.filters.not.value',
      { ...pullBody, feed: { ...feed, filters: { notes: { not: { field: 'a', is: 'startsWith' } } } } },
    ],
  ])('of a pull is refused naming %s', async (at, body) => {
    expect((await refused('/pull', body)).message).toMatch(new RegExp(`^${at.replace(/[[\]]/g, '\\$&')} must be `))
  })

  const bad = (fields: Record<string, Json>): Json => pushBody(operationBody, { ...operationBody, ...fields })
  it.each<[string, Json]>([
    ['operations', { atomic: false }],
    ['atomic', { operations: [] }],
    ['operations[0]', pushBody(null)],
    ['operations[1].opId', bad({ opId: '' })],
    ['operations[1].opId', bad({ opId: 'x'.repeat(65) })],
    ['operations[1].kind', bad({ kind: 'upsert' })],
    ['operations[1].collection', bad({ collection: 1 })],
    ['operations[1].id', bad({ id: null })],
    ['operations[1].expected', bad({ expected: 1 })],
    ['operations[1].change', bad({ change: null })],
    ['operations[1].change', bad({ change: { multiply: {} } })],
    ['operations[1].change.set', bad({ change: { set: [] } })],
    ['operations[1].change.unset[0]', bad({ change: { unset: [1] } })],
    ['a field of operations[1].change.increment', bad({ change: { increment: { secret: '1' } } })],
    ['a field of operations[1].change.append', bad({ change: { append: { secret: 1 } } })],
    ['operations[1].record', bad({ record: [] })],
    ['operations[1].condition', bad({ condition: null })],
    ['operations[1].condition', bad({ kind: 'create', condition: { field: 'a', is: 'eq', value: 1 } })],
    ['operations[1].condition.field', bad({ condition: { field: 1, is: 'eq' } })],
    ['operations[1].condition.ignoreCase', bad({ condition: { field: 'a', is: 'eq', ignoreCase: false } })],
    ['operations[1].resend', bad({ resend: 'no' })],
  ])('of a push is refused as a whole naming %s', async (at, body) => {
    const { message } = await refused('/push', body)
    expect(message).toMatch(new RegExp(`^${at.replace(/[[\]]/g, '\\$&')} must be `))
    expect(message).not.toContain('secret')
  })

  it('gets an answer of the protocol whatever it holds', async () => {
    const handler = handlerOver(recorder())
    const body = fc.oneof(
      fc.jsonValue(),
      fc.record({ feed: fc.jsonValue(), cursor: fc.jsonValue(), limit: fc.jsonValue() }),
      fc.record({ operations: fc.jsonValue(), atomic: fc.boolean() }),
    )
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('/pull', '/push'), body, async (path, value) => {
        const response = await handler(post(path, JSON.stringify(value)))
        expect([200, 400, 404]).toContain(response.status)
      }),
      { numRuns: 500 },
    )
  })

  it('is not completed by what somebody put on the prototype of all objects', async () => {
    const storage = recorder()
    Object.defineProperty(Object.prototype, 'filters', { value: { notes: { all: [] } }, configurable: true })
    try {
      await handlerOver(storage)(post('/pull', pullBody))
    } finally {
      Reflect.deleteProperty(Object.prototype, 'filters')
    }
    expect(storage.pulls[0]?.request).toEqual(pullBody)
  })

  it('keeps field names of the prototype as data', async () => {
    const storage = recorder()
    const set = '{"__proto__":{"polluted":true},"constructor":1}'
    const text = JSON.stringify(pushBody(operationBody)).replace('{"n":1}', set)
    expect((await handlerOver(storage)(post('/push', text))).status).toBe(200)
    expect(JSON.stringify(storage.pushes[0]?.request.operations[0]?.change.set)).toBe(set)
    expect('polluted' in {}).toBe(false)
    const increment = JSON.stringify(pushBody({ ...operationBody, change: { increment: { n: 1 } } })).replace(
      '"n":1',
      '"__proto__":1',
    )
    await handlerOver(storage)(post('/push', increment))
    expect(JSON.stringify(storage.pushes[1]?.request.operations[0]?.change)).toBe('{"increment":{"__proto__":1}}')
  })
})
