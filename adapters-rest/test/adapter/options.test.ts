import { isSyncError, SyncError } from '@rowkeep/kernel'
import { levelOf } from '@rowkeep/kernel/diagnostics'
import { describe, expect, test } from 'vitest'
import { type RestOptions, restAdapter } from '../../src/index.ts'
import { adapterWith, ask, contextOf, failureOf, json, page, url } from './support.ts'

function refusalOf(options: unknown): SyncError {
  try {
    restAdapter(options as RestOptions)
  } catch (error) {
    if (isSyncError(error, 'SYNC_CONFIG_INVALID')) return error
    throw error
  }
  throw new Error('the options were accepted')
}

describe('options', () => {
  test.each([
    ['/sync', /url must be absolute/],
    ['', /url must be absolute/],
    [undefined, /url must be absolute/],
    ['ftp://api.example.com/sync', /http or https, not ftp:/],
    ['javascript:alert(1)', /http or https/],
    ['https://ada:hunter2@api.example.com/sync', /no user or password/],
    ['https://api.example.com/sync?x=1', /no query/],
    ['https://api.example.com/sync#x', /no fragment/],
    ['https://api.example.com/sync?', /no query/],
  ])('refuses the url %j and says what is wrong', (bad, why) => {
    const { message } = refusalOf({ url: bad })
    expect(message).toMatch(why)
    expect(message).not.toContain('hunter2')
  })

  test.each([
    [{ token: 'secret' }, /token must be a function/],
    [{ refresh: true }, /refresh must be a function/],
    [{ responseBytes: 1.5 }, /responseBytes must be a whole number/],
    [{ limits: { operations: 0 } }, /limits\.operations must be a whole number of at least 1/],
    [{ limits: { operations: '9' } }, /limits\.operations/],
    [{ limits: { operation: 9 } }, /limits has no "operation", only operations, requestBytes/],
    [{ tokn: () => 't' }, /no "tokn", only url, token, refresh, collections, operators, limits, responseBytes, routes/],
  ])('refuses %j', (bad, why) => {
    expect(refusalOf({ url, ...bad }).message).toMatch(why)
  })

  test.each([undefined, null, 'https://ada:hunter2@api.example.com/sync', []])('refuses %j for options', (bad) => {
    const { message } = refusalOf(bad)
    expect(message).toMatch(
      /options must be an object with url, token, refresh, collections, operators, limits, responseBytes, routes/,
    )
    expect(message).not.toContain('hunter2')
  })

  test.each([
    ['https://api.example.com/sync/', 'https://api.example.com/sync/pull'],
    ['https://api.example.com', 'https://api.example.com/pull'],
    ['http://127.0.0.1:8080/a/b//', 'http://127.0.0.1:8080/a/b/pull'],
  ])('appends the paths of the wire to %s', async (base, wanted) => {
    const asked: string[] = []
    const network = (request: Request): Response => {
      asked.push(request.url)
      return json(page)
    }
    await adapterWith({ url: base }).pull(ask, contextOf(network))
    expect(asked).toEqual([wanted])
  })

  test('declares the transactional level, frozen to the bottom', () => {
    const { capabilities, name } = adapterWith()
    expect(name).toBe('rest')
    expect(levelOf(capabilities)).toBe('transactional')
    const parts = [capabilities, capabilities.conditions, capabilities.operators, capabilities.limits]
    expect(parts.map(Object.isFrozen)).toEqual([true, true, true, true])
  })

  test('answers queries exactly where the server does', () => {
    const can = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'startsWith']
    expect(adapterWith().capabilities.operators).toEqual(can)
    expect('query' in adapterWith() && 'count' in adapterWith()).toBe(true)
    const without = adapterWith({ operators: [] })
    expect(without.capabilities.operators).toEqual([])
    expect('query' in without || 'count' in without).toBe(false)
    for (const wrong of ['eq', [1], {}]) {
      const { code } = refusalOf({ url, operators: wrong })
      expect(code).toBe('SYNC_CONFIG_INVALID')
    }
  })

  test('takes the limits of a server that was set up with others', () => {
    const { limits } = adapterWith({ limits: { operations: 50, retentionMs: 0 } }).capabilities
    expect(limits).toMatchObject({ operations: 50, retentionMs: 0, pageRows: 1000 })
  })
})

describe('refresh', () => {
  test('exists only where the option does', () => {
    expect('refresh' in adapterWith()).toBe(false)
    expect('refresh' in adapterWith({ refresh: () => true })).toBe(true)
  })

  test.each([true, false])('answers %j as the app does', async (answer) => {
    const adapter = restAdapter({ url, refresh: async () => answer })
    expect(await adapter.refresh(contextOf(() => json(page)))).toBe(answer)
  })

  test('rejects when it could not be found out, without the message of the app', async () => {
    const adapter = restAdapter({ url, refresh: () => Promise.reject(new TypeError('refresh_token=abc')) })
    const error = await failureOf(adapter.refresh(contextOf(() => json(page))))
    expect(error.code).toBe('SYNC_NETWORK')
    expect(error.message).not.toContain('abc')
  })

  test('passes on a SyncError of the app as it is', async () => {
    const own = new SyncError('SYNC_RATE_LIMITED', { retryAfterMs: 5 })
    const adapter = restAdapter({ url, refresh: () => Promise.reject(own) })
    expect(await failureOf(adapter.refresh(contextOf(() => json(page))))).toBe(own)
  })

  test('ends with the signal even when the app never answers', async () => {
    const adapter = restAdapter({ url, refresh: () => new Promise<boolean>(() => undefined) })
    const stop = new AbortController()
    const work = failureOf(adapter.refresh(contextOf(() => json(page), { signal: stop.signal })))
    stop.abort()
    expect((await work).code).toBe('SYNC_ABORTED')
  })
})
