import { SyncError } from '@rowkeep/kernel'
import { expect, test } from 'vitest'
import { restAdapter } from '../../src/index.ts'
import { overwrite, plainRoutes } from '../../src/routes/index.ts'
import { contextOf, everythingIn, failureOf } from '../adapter/support.ts'
import { answer, note, plain, pullOf, pushOne, script, status, token, url } from './support.ts'

test('the token goes with each request, and the user goes nowhere', async () => {
  const { network, sent } = script(answer([]), status(204))
  await plain().pull(pullOf(), contextOf(network))
  await pushOne(plain(), note(), network)
  for (const { headers, url: asked } of sent) {
    expect(headers.get('authorization')).toBe(`Bearer ${token}`)
    expect([...headers.keys()].filter((name) => name.includes('user'))).toEqual([])
    expect(asked).not.toContain('ada')
  }
})

test("another user's credentials are found out before anything is sent", async () => {
  const { network, sent } = script()
  const adapter = plain({ session: async () => ({ user: 'bob', token }) })
  expect((await failureOf(adapter.pull(pullOf(), contextOf(network)))).code).toBe('SYNC_USER_MISMATCH')
  const verdict = await pushOne(adapter, note(), network)
  expect(verdict).toMatchObject({ kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_USER_MISMATCH' } })
  expect(sent).toEqual([])
})

test('the credentials of the moment are compared with each call', async () => {
  const users = ['ada', 'bob']
  const { network, sent } = script(answer([]))
  const adapter = plain({ session: () => ({ user: users.shift() ?? '', token }) })
  await adapter.pull(pullOf(), contextOf(network))
  expect((await failureOf(adapter.pull(pullOf(), contextOf(network)))).code).toBe('SYNC_USER_MISMATCH')
  expect(sent).toHaveLength(1)
})

test.each([
  [() => Promise.reject(new TypeError(`no ${token}`)), 'SYNC_AUTH_REQUIRED'],
  [() => Promise.reject(new SyncError('SYNC_NETWORK')), 'SYNC_NETWORK'],
  [() => ({ user: 'ada', token: '' }), 'SYNC_AUTH_REQUIRED'],
])('a session() that gives none ends the call unsent, %#', async (session, code) => {
  const { network, sent } = script()
  const error = await failureOf(plain({ session }).pull(pullOf(), contextOf(network)))
  expect(error.code).toBe(code)
  expect(everythingIn(error)).not.toContain(token)
  expect(sent).toEqual([])
})

test('credentials for no user are a mistake', async () => {
  const { network, sent } = script()
  const error = await failureOf(plain().pull(pullOf(), contextOf(network, { user: '' })))
  expect(error.code).toBe('SYNC_CONFIG_INVALID')
  expect(sent).toEqual([])
})

test('a server that compares is told the user where it wants it', async () => {
  const { network, sent } = script(answer([]), status(204))
  const collections = { notes: { path: '/notes' } }
  const routes = plainRoutes({ collections, userHeader: 'X-User', writes: overwrite() })
  const adapter = restAdapter({ url, token: () => token, routes })
  await adapter.pull(pullOf(), contextOf(network, { user: 'Zoë/\r\nEvil: 1' }))
  await adapter.push({ operations: [note()], atomic: false }, contextOf(network, { user: 'ada' }))
  expect(sent.map(({ headers }) => headers.get('x-user'))).toEqual([encodeURIComponent('Zoë/\r\nEvil: 1'), 'ada'])
})

test('no token shows in an error, whatever the server answers', async () => {
  const leaky = answer({ error: { code: 'X', message: `bad ${token}` } }, 500)
  const error = await failureOf(plain().pull(pullOf(), contextOf(leaky)))
  expect(everythingIn(error)).not.toContain(token)
  expect(error.message).toContain('bad ***')
})
