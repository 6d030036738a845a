import { isSyncError, SyncError, type SyncErrorCode } from '@rowkeep/kernel'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AppsyncAdapter, AppsyncOptions } from '../src/index.ts'
import { doubleApiKey } from '../src/testing/index.ts'
import { clientOf, context, creation, notes, pushed, type Scene, scene } from './support/scene.ts'

let one: Scene
beforeEach(() => {
  one = scene()
})
afterEach(() => one.close())

const page = { feed: notes, cursor: null, limit: 10 }
const failsWith = (code: SyncErrorCode) => (error: unknown) => isSyncError(error, code)
const header = (name: string): string | null | undefined => one.network.sent.at(-1)?.headers.get(name)

describe('credentials', () => {
  it('are the token of the session, whoever Amplify believes is signed in', async () => {
    const device = one.device({ client: clientOf(one.double.origin, 'token-of-bob') })
    await device.pull(page, context())
    expect(header('authorization')).toBe('token-of-ada')
  })

  it('are those of the Amplify session where the app has no token at hand', async () => {
    const device = one.device({ session: async () => ({ user: 'ada' }) })
    await device.pull(page, context())
    expect(header('authorization')).toBe('token-of-ada')
    expect(header('x-api-key')).toBeNull()
  })

  it('are an API key where the API knows no users; an owner rule lets it nowhere in', async () => {
    const device = one.device({ session: undefined as never, authMode: 'apiKey' })
    await expect(device.pull(page, context({ user: '' }))).rejects.toSatisfy(failsWith('SYNC_FORBIDDEN'))
    expect(header('x-api-key')).toBe(doubleApiKey)
    expect(header('authorization')).toBeNull()
  })

  it('stay the same after any error: no other way to sign in is tried [F70]', async () => {
    const device = one.device({ session: async () => ({ user: 'ada', token: 'token-of-ada' }) })
    const answers = [
      () => Promise.reject(new TypeError('fetch failed')),
      async () => Response.json({}, { status: 401 }),
      async () => Response.json({}, { status: 403 }),
      async () =>
        Response.json({ data: null, errors: [{ errorType: 'UnauthorizedException', message: 'Token has expired' }] }),
    ]
    for (const answer of answers) {
      one.network.way = answer
      const push = device.push({ operations: [creation({ id: 'n1', title: 'mine' })], atomic: false }, context())
      await push.catch(() => undefined)
    }
    expect(one.network.sent.length).toBeGreaterThanOrEqual(answers.length)
    for (const { headers } of one.network.sent) {
      expect([headers.get('authorization'), headers.get('x-api-key')]).toEqual(['token-of-ada', null])
    }
  })
})

describe('before anything is sent', () => {
  const refusing = (session: AppsyncOptions['session']): AppsyncAdapter => one.device({ session: session as never })

  it.each<[string, SyncErrorCode, AppsyncOptions['session']]>([
    ['nobody is signed in', 'SYNC_AUTH_REQUIRED', () => undefined],
    ['somebody else is signed in', 'SYNC_USER_MISMATCH', async () => ({ user: 'bob' })],
    ['the session cannot be asked', 'SYNC_AUTH_REQUIRED', () => Promise.reject(new Error('token-of-ada'))],
    ['the app says that it is offline', 'SYNC_NETWORK', () => Promise.reject(new SyncError('SYNC_NETWORK'))],
    [
      'tokens cannot be renewed offline',
      'SYNC_NETWORK',
      () => Promise.reject(Object.assign(new Error('x'), { name: 'NetworkError' })),
    ],
    ['the token would break the header', 'SYNC_AUTH_REQUIRED', () => ({ user: 'ada', token: 'token\r\nx: y' })],
  ])('where %s a pull fails with %s and a push is unapplied', async (_, code, session) => {
    const device = refusing(session)
    await expect(device.pull(page, context())).rejects.toSatisfy(failsWith(code))
    const verdict = await pushed(device, creation({ id: 'n1', title: 'mine' }))
    expect(verdict).toMatchObject({ kind: 'retry', outcome: 'unapplied', error: { code } })
    expect(JSON.stringify(verdict)).not.toContain('token-of-ada')
    expect(one.network.sent).toEqual([])
  })

  it('where the client has no user a call fails with SYNC_CONFIG_INVALID', async () => {
    await expect(one.adapter.pull(page, context({ user: '' }))).rejects.toSatisfy(failsWith('SYNC_CONFIG_INVALID'))
  })
})

describe('a call that is given up', () => {
  it('takes its request back', async () => {
    const stop = new AbortController()
    let given: AbortSignal | undefined
    one.network.way = (request) => {
      given = request.signal
      return new Promise((_resolve, reject) => {
        request.signal.addEventListener('abort', () => reject(request.signal.reason))
        stop.abort()
      })
    }
    await expect(one.adapter.pull(page, context({ signal: stop.signal }))).rejects.toSatisfy(failsWith('SYNC_ABORTED'))
    expect(given?.aborted).toBe(true)
  })

  it('does not wait for a session that never answers', async () => {
    const stop = new AbortController()
    const device = one.device({ session: () => new Promise(() => stop.abort()) })
    await expect(device.pull(page, context({ signal: stop.signal }))).rejects.toSatisfy(failsWith('SYNC_ABORTED'))
  })
})

describe('what is sent', () => {
  it('has every value in the variables, none in the query', async () => {
    const evil = '") { id } } mutation { deleteNote(input: {id: "n1"}) { id } } #'
    await pushed(one.adapter, creation({ id: evil, title: evil }))
    const [sent] = one.network.sent
    expect(sent?.query).not.toContain('deleteNote')
    expect(sent?.variables).toMatchObject({ input: { id: evil, title: evil } })
    expect(await one.double.rows('notes')).toEqual([{ id: evil, title: evil }])
  })

  it('selects all fields, metadata, the owner and the times of @model, so that no subscriber gets less', async () => {
    await pushed(one.adapter, creation({ id: 'n1', title: 'mine' }))
    const fields = /\{\s*createNote\([^)]*\) \{([^}]*)\}/.exec(one.network.sent[0]?.query ?? '')?.[1]
    expect(fields?.trim().split(/\s+/)).toEqual([
      ...['id', 'title', 'done', 'n', 'tags', 'due', 'serial', 'price', 'scan'],
      ...['_version', '_deleted', '_lastChangedAt', '_m', 'owner', 'createdAt', 'updatedAt'],
    ])
  })

  it('by an update is what it changes, and nothing else', async () => {
    await one.double.write('notes', { id: 'n1', title: 'one', n: 1 })
    const { cursor: _, ...asked } = page
    await one.adapter.pull({ ...asked, cursor: null }, context())
    const opId = crypto.randomUUID()
    const change = { set: { title: 'mine' }, unset: ['n'] }
    await pushed(one.adapter, { ...creation({ id: 'n1' }), opId, kind: 'update', expected: '1', change })
    expect(one.network.sent.at(-1)?.variables).toEqual({
      input: { id: 'n1', title: 'mine', n: null, _version: 1, _m: [opId] },
      condition: null,
    })
  })
})

describe('refresh', () => {
  it('is there where it was given, and says what it says', async () => {
    expect('refresh' in one.adapter).toBe(false)
    expect(await one.device({ refresh: () => true }).refresh?.(context())).toBe(true)
    expect(await one.device({ refresh: async () => false }).refresh?.(context())).toBe(false)
  })

  it('that throws could not find out, and tells no secret', async () => {
    const device = one.device({ refresh: () => Promise.reject(new TypeError('token-of-ada')) })
    const error: unknown = await device.refresh?.(context()).catch((thrown: unknown) => thrown)
    expect(error).toSatisfy(failsWith('SYNC_NETWORK'))
    expect(String(error)).not.toContain('token-of-ada')
  })
})
