import { isSyncError } from '@rowkeep/kernel'
import { describe, expect, it } from 'vitest'
import { plainTables, supabaseAdapter } from '../src/index.ts'
import { signedIn, supabaseDouble } from '../src/testing/index.ts'
import { bench, call, operation, over, page } from './support.ts'

const hidden = ['user_id']
const profile = () => plainTables({ hidden })

describe('a request', () => {
  it('carries the token of the user and the key of the client', async () => {
    const { adapter, sent } = over(supabaseDouble(), { profile: profile() })
    await page(adapter, null)
    expect(sent.length).toBeGreaterThan(0)
    for (const { headers } of sent) {
      expect(headers.get('authorization')).toBe('Bearer token-of-ada')
      expect(headers.get('apikey')).toBe('anon-key')
    }
  })

  it('carries the token it was made for, whoever has signed in meanwhile', async () => {
    const { client, sent } = bench(supabaseDouble(), 'bob')
    const session = () => ({ user: 'ada', token: 'token-of-ada' })
    await page(supabaseAdapter(client, { profile: profile(), session }), null)
    expect(new Set(sent.map(({ headers }) => headers.get('authorization')))).toEqual(new Set(['Bearer token-of-ada']))
  })

  it('is sent once, although the client would send it again [F34]', async () => {
    const { adapter, sent, instead } = over(supabaseDouble(), { profile: profile() })
    instead.push(() => new Response('busy', { status: 503 }))
    await expect(page(adapter, null)).rejects.toMatchObject({ code: 'SYNC_NETWORK' })
    expect(sent).toHaveLength(1)
    instead.push(() => Promise.reject(new TypeError('fetch failed')))
    await expect(page(adapter, null)).rejects.toMatchObject({ code: 'SYNC_NETWORK' })
    expect(sent).toHaveLength(2)
  })

  it('follows no redirect', async () => {
    const { adapter, sent, instead } = over(supabaseDouble(), { profile: profile() })
    const away = () => new Response(null, { status: 307, headers: { location: 'https://elsewhere.test/' } })
    instead.push(away)
    await expect(page(adapter, null)).rejects.toMatchObject({ code: 'SYNC_PROTOCOL' })
    instead.push(away)
    const push = adapter.push({ operations: [operation({ change: { set: { id: 'n1' } } })], atomic: false }, call())
    await expect(push).rejects.toMatchObject({ code: 'SYNC_PROTOCOL' })
    expect(sent.map(({ redirect }) => redirect)).toEqual(['manual', 'manual'])
  })

  it('never leaves the app without the token in the place of a text that a server sent back', async () => {
    const { adapter, instead } = over(supabaseDouble(), { profile: profile() })
    instead.push(() => Response.json({ message: 'bad token-of-ada', code: 'PGRST301' }, { status: 401 }))
    const error: unknown = await page(adapter, null).catch((thrown: unknown) => thrown)
    expect(isSyncError(error, 'SYNC_AUTH_REQUIRED')).toBe(true)
    expect(JSON.stringify(error)).toContain('bad ***')
  })

  it('works over clients whose builders keep their fetch elsewhere', async () => {
    const { client, sent } = bench(supabaseDouble())
    // A facade without the builder's `fetch`.
    const from = (table: string): object => ({
      select: (...args: [string, { count: 'exact' }?]) => {
        const query = client.from(table).select(...args)
        return new Proxy(query, {
          has: (target, key) => key !== 'fetch' && key in target,
          get: (target, key) => {
            const value: unknown = key === 'fetch' ? undefined : Reflect.get(target, key)
            return typeof value === 'function' ? value.bind(target) : value
          },
        })
      },
    })
    const facade = {
      from,
      auth: client.auth,
      realtime: client.realtime,
      rpc: () => undefined,
      channel: () => undefined,
      removeChannel: async () => undefined,
    }
    expect((await page(supabaseAdapter(facade), null)).changes).toEqual([])
    expect(sent.length).toBeGreaterThan(0)
  })
})

describe('the session', () => {
  it.each([
    ['nobody is signed in', () => null, 'SYNC_AUTH_REQUIRED'],
    ['somebody else is', () => ({ user: 'bob', token: 'token-of-bob' }), 'SYNC_USER_MISMATCH'],
    ['the token is none', () => ({ user: 'ada', token: 'a b' }), 'SYNC_AUTH_REQUIRED'],
    ['it cannot be read', () => Promise.reject(new Error('secret')), 'SYNC_AUTH_REQUIRED'],
  ])('refuses a call before anything is sent where %s', async (_, session, code) => {
    const { client, sent } = bench(supabaseDouble())
    const adapter = supabaseAdapter(client, { session })
    const error: unknown = await page(adapter, null).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code })
    expect(String(error)).not.toContain('secret')
    const verdicts = await adapter.push({ operations: [operation({})], atomic: false }, call())
    expect(verdicts).toMatchObject([{ kind: 'retry', outcome: 'unapplied', error: { code } }])
    expect(sent).toEqual([])
  })

  it('refuses a call for no user', async () => {
    const { adapter } = over(supabaseDouble())
    const asked = page(adapter, null, { context: call({ user: '' }) })
    await expect(asked).rejects.toMatchObject({ code: 'SYNC_CONFIG_INVALID' })
  })

  it('is the one of Supabase Auth unless the app gives another', async () => {
    const { client } = bench(supabaseDouble(), 'bob')
    await expect(page(supabaseAdapter(client), null)).rejects.toMatchObject({ code: 'SYNC_USER_MISMATCH' })
  })

  it('of a client made with accessToken has to be given', async () => {
    const double = supabaseDouble()
    const { client } = bench(double, 'ada', { accessToken: async () => 'token-of-ada' })
    const without = supabaseAdapter(client)
    await expect(page(without, null)).rejects.toMatchObject({ code: 'SYNC_AUTH_REQUIRED' })
    const adapter = supabaseAdapter(client, { session: () => ({ user: 'ada', token: 'token-of-ada' }) })
    expect((await page(adapter, null)).changes).toEqual([])
    expect(adapter.refresh).toBeUndefined()
  })
})

describe('refresh', () => {
  it('renews the session by Supabase Auth', async () => {
    const { adapter, sent } = over(supabaseDouble())
    expect(await adapter.refresh?.(call())).toBe(true)
    expect(sent.map(({ path }) => path)).toEqual(['/auth/v1/token'])
  })

  it('says false where the session cannot be renewed any more', async () => {
    const { client } = bench(supabaseDouble(), 'ada', signedIn('nobody'))
    expect(await supabaseAdapter(client).refresh?.(call())).toBe(false)
  })

  it('does not say signed out where there is no network', async () => {
    const { adapter, instead } = over(supabaseDouble())
    instead.push(() => new Response('', { status: 503 }))
    const controller = new AbortController()
    const asked = adapter.refresh?.(call({ signal: controller.signal }))
    // The client tries again for half a minute; the kernel would not wait so long.
    controller.abort()
    await expect(asked).rejects.toMatchObject({ code: 'SYNC_ABORTED' })
  })
})
