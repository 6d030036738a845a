import { type Failure, SyncError } from '@rowkeep/kernel'
import { describe, expect, it } from 'vitest'
import { syncHandler } from '../../src/server/index.ts'
import { adasHeaders, handlerOver, held, operationBody, post, pullBody, pushBody, recorder } from './calls.ts'

const failureOf = async (response: Response): Promise<Failure> => ((await response.json()) as { error: Failure }).error

describe('a request', () => {
  it('is answered by what the storage says, for the user of its credentials', async () => {
    const storage = recorder()
    const pulled = await handlerOver(storage)(post('/pull', pullBody))
    expect(pulled.status).toBe(200)
    expect(pulled.headers.get('cache-control')).toBe('no-store')
    expect(await pulled.json()).toEqual({ kind: 'delta', changes: [], cursor: 'c', more: false })
    const pushed = await handlerOver(storage)(post('/push', pushBody(operationBody)))
    expect(await pushed.json()).toEqual([{ kind: 'applied' }])
    expect(storage.pulls).toEqual([{ user: 'ada', request: pullBody }])
    expect(storage.pushes).toEqual([{ user: 'ada', request: { operations: [operationBody], atomic: false } }])
  })

  it.each([
    ['GET', '/pull', 'POST'],
    ['PUT', '/push', 'POST'],
    ['POST', '/live', 'GET'],
  ])('%s %s is answered with 405 and what is allowed', async (method, path, allow) => {
    const response = await handlerOver(recorder())(
      new Request(`https://rest.test/sync${path}`, { method, headers: adasHeaders }),
    )
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow])
  })

  it.each(['/', '/pull/', '/sync', '/constructor', '/__proto__'])(
    'to the path %s is answered with 404',
    async (path) => {
      expect((await handlerOver(recorder())(post(path, pullBody))).status).toBe(404)
    },
  )

  it('goes to the path it is mounted at', async () => {
    const handler = handlerOver(recorder(), { basePath: '' })
    const request = new Request('https://rest.test/pull', {
      method: 'POST',
      headers: adasHeaders,
      body: JSON.stringify(pullBody),
    })
    expect((await handler(request)).status).toBe(200)
  })

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', ''])(
    'of type "%s" is answered with 415',
    async (type) => {
      expect((await handlerOver(recorder())(post('/pull', pullBody, { 'content-type': type }))).status).toBe(415)
    },
  )

  it('may name a charset', async () => {
    const response = await handlerOver(recorder())(
      post('/pull', pullBody, { 'content-type': 'Application/JSON; charset=utf-8' }),
    )
    expect(response.status).toBe(200)
  })
})

describe('who asks', () => {
  it('must be known', async () => {
    const response = await handlerOver(recorder())(
      post('/push', pushBody(operationBody), { authorization: 'Bearer nonsense' }),
    )
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    expect((await failureOf(response)).code).toBe('SYNC_AUTH_REQUIRED')
  })

  it.each(['bob', '', 'Ada', 'ada%00'])('must be the user named: not "%s"', async (named) => {
    const storage = recorder()
    const response = await handlerOver(storage)(post('/push', pushBody(operationBody), { 'rowkeep-user': named }))
    expect(response.status).toBe(403)
    expect((await failureOf(response)).code).toBe('SYNC_USER_MISMATCH')
    expect(storage.pushes).toEqual([])
  })

  it('is named in percent-encoding', async () => {
    const handler = syncHandler({ storage: recorder(), authenticate: () => 'Zoë/😀', collections: ['notes'] })
    expect((await handler(post('/pull', pullBody, { 'rowkeep-user': encodeURIComponent('Zoë/😀') }))).status).toBe(200)
    expect((await handler(post('/pull', pullBody, { 'rowkeep-user': '%E0%A4' }))).status).toBe(400)
  })

  it('is told when the account may not, and nothing of a failure to find out', async () => {
    const reported: unknown[] = []
    const failure = new Error('password of the user database')
    const answerTo = (thrown: unknown): Promise<Response> =>
      handlerOver(recorder(), { authenticate: () => Promise.reject(thrown), report: (error) => reported.push(error) })(
        post('/pull', pullBody),
      )
    expect((await answerTo(new SyncError('SYNC_FORBIDDEN'))).status).toBe(403)
    const response = await answerTo(failure)
    expect(response.status).toBe(500)
    expect(JSON.stringify(await failureOf(response))).not.toContain('password')
    expect(reported).toEqual([failure])
  })
})

describe('bounds', () => {
  it('cut the page a client asks for', async () => {
    const storage = recorder()
    await handlerOver(storage, { limits: { pageRows: 5 } })(post('/pull', { ...pullBody, limit: 1_000_000 }))
    expect(storage.pulls[0]?.request.limit).toBe(5)
  })

  it('refuse more operations than allowed', async () => {
    const storage = recorder()
    const response = await handlerOver(storage, { limits: { operations: 1 } })(
      post('/push', pushBody(operationBody, operationBody)),
    )
    expect([response.status, storage.pushes.length]).toEqual([413, 0])
  })

  it('refuse a collection that is not served', async () => {
    const body = { ...pullBody, feed: { id: 'f', collections: ['notes', 'toString'] } }
    const response = await handlerOver(recorder())(post('/pull', body))
    expect([response.status, (await failureOf(response)).code]).toEqual([404, 'SYNC_NOT_FOUND'])
  })

  it('ask to come again when too many requests are under way, and let the next one in afterwards', async () => {
    const slow = held()
    const handler = handlerOver(slow, { limits: { requests: 1 } })
    const first = handler(post('/pull', pullBody))
    const second = await handler(post('/pull', pullBody))
    expect([second.status, second.headers.get('retry-after')]).toEqual([503, '1'])
    expect(await failureOf(second)).toMatchObject({ code: 'SYNC_RATE_LIMITED', retryAfterMs: 1000 })
    slow.release()
    expect((await first).status).toBe(200)
    expect((await handler(post('/pull', pullBody))).status).toBe(200)
  })

  it('are refused at once when they make no sense', () => {
    for (const limits of [{ requests: 0 }, { pageRows: 1.5 }, { unknown: 1 } as object]) {
      expect(() => handlerOver(recorder(), { limits })).toThrow(
        expect.objectContaining({ code: 'SYNC_CONFIG_INVALID' }),
      )
    }
    for (const options of [
      { collections: [] },
      { collections: ['a\0'] },
      { basePath: 'sync' },
      { basePath: '/sync/' },
    ]) {
      expect(() => handlerOver(recorder(), options)).toThrow(expect.objectContaining({ code: 'SYNC_CONFIG_INVALID' }))
    }
  })
})

describe('a storage that fails', () => {
  const answerTo = async (thrown: unknown): Promise<readonly [number, Failure, readonly unknown[]]> => {
    const reported: unknown[] = []
    const storage = { ...recorder(), push: () => Promise.reject(thrown) }
    const response = await handlerOver(storage, { report: (error) => reported.push(error) })(
      post('/push', pushBody(operationBody)),
    )
    return [response.status, await failureOf(response), reported]
  }

  it('leaves the outcome unknown, tells the log and not the caller', async () => {
    const error = new Error('value "secret" of record a')
    const [status, failure, reported] = await answerTo(error)
    expect([status, failure.code, reported]).toEqual([500, 'SYNC_OUTCOME_UNKNOWN', [error]])
    expect(JSON.stringify(failure)).not.toContain('secret')
  })

  it('by being busy asks to come again', async () => {
    const [status, failure, reported] = await answerTo(new SyncError('SYNC_RATE_LIMITED', { retryAfterMs: 2000 }))
    expect([status, failure.retryAfterMs, reported]).toEqual([503, 2000, []])
  })

  it('by a cursor of somebody else blames the request', async () => {
    expect((await answerTo(new SyncError('SYNC_PROTOCOL')))[0]).toBe(400)
  })

  it('by a wrong number of verdicts is not believed', async () => {
    const storage = { ...recorder(), push: async () => [] }
    const response = await handlerOver(storage, { report: () => undefined })(post('/push', pushBody(operationBody)))
    expect(response.status).toBe(500)
  })
})
