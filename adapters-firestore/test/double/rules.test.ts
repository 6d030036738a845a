import type { JsonObject } from '@rowkeep/kernel'
import { describe, expect, it } from 'vitest'
import { fields, mark, nameOf, record, wire } from './wire.ts'

const note = 'users/ada/notes/n1'
const denied = { status: 403, body: { error: { code: 403, status: 'PERMISSION_DENIED', message: expect.any(String) } } }
const now = '2026-11-20T05:00:00Z'

const commit = (write: JsonObject | readonly JsonObject[], token: string | undefined = 'token-of-ada', at = wire()) =>
  at.call('commit', { writes: [write].flat() }, token)

const refused: readonly (readonly [what: string, write: JsonObject])[] = [
  ['another first revision', record(note, 2)],
  ['no revision', { update: { name: nameOf(note), fields: {} } }],
  ['a revision that is a double', record(note, 1, { _rev: { doubleValue: 1 } })],
  ['a revision that is text', record(note, 1, { _rev: { stringValue: '1' } })],
  ['no stamp', { update: { name: nameOf(note), fields: fields(1) } }],
  [
    'a stamp of its own',
    { update: { name: nameOf(note), fields: fields(1, { _changedAt: { timestampValue: now } }) } },
  ],
  ['no word on deletion', record(note, 1, { _deleted: { nullValue: null } })],
  ['a path of somebody else', record('users/bob/notes/n1', 1)],
  ['a collection without rules', record('users/ada/secrets/n1', 1)],
  ['a collection below a record', record('users/ada/notes/n1/notes/n2', 1)],
  ['a document outside of users', record('notes/n1', 1)],
  ['a mark with more in it', mark('users/ada/mutations/m1', { more: { booleanValue: true } })],
  ['a mark without digest', { ...mark('users/ada/mutations/m1'), update: { name: nameOf('users/ada/mutations/m1') } }],
  ['a mark without stamp', { ...mark('users/ada/mutations/m1'), updateTransforms: [] }],
  ['a removal', { delete: nameOf(note) }],
]

describe('the rules', () => {
  it.each(refused)('refuse %s, without effect', async (_what, write) => {
    const at = wire()
    expect(await commit([record('users/ada/notes/n0', 1), write], 'token-of-ada', at)).toEqual(denied)
    expect(await at.double.rows('notes')).toEqual([])
  })

  it('take a record and its mark, then the next revision, and no other', async () => {
    const at = wire()
    const results = []
    for (const revision of [1, 1, 3, 2, 2, 3])
      results.push(
        (await commit([record(note, revision), mark(`users/ada/mutations/m${revision}`)], 'token-of-ada', at)).status,
      )
    expect(results).toEqual([200, 403, 403, 200, 403, 200])
  })

  it('take a mark once', async () => {
    const at = wire()
    expect((await commit(mark('users/ada/mutations/m1'), 'token-of-ada', at)).status).toBe(200)
    expect(await commit(mark('users/ada/mutations/m1'), 'token-of-ada', at)).toEqual(denied)
    expect(await commit([record(note, 1), mark('users/ada/mutations/m1')], 'token-of-ada', at)).toEqual(denied)
    expect(await commit({ delete: nameOf('users/ada/mutations/m1') }, 'token-of-ada', at)).toEqual(denied)
  })

  it('refuse what is forbidden, and nobody learns whether a precondition holds', async () => {
    const at = wire()
    await at.double.forbid('notes', 'n1')
    const write = { ...record(note, 1), currentDocument: { exists: true } }
    expect(await commit(write, 'token-of-ada', at)).toEqual(denied)
    expect(await commit(record('users/ada/notes/n2', 1), 'token-of-ada', at)).toMatchObject({ status: 200 })
  })

  it('open reads to their user', async () => {
    const at = wire()
    const query = { structuredQuery: { from: [{ collectionId: 'notes' }] } }
    for (const [token, parent, status] of [
      ['token-of-ada', '/users/ada', 200],
      ['token-of-bob', '/users/ada', 403],
      [undefined, '/users/ada', 403],
      ['token-of-nobody', '/users/ada', 401],
      ['owner', '/users/ada', 200],
      ['token-of-ada', '', 403],
    ] as const)
      expect((await at.call('runQuery', query, token, parent)).status, `${token} ${parent}`).toBe(status)
    const get = { documents: [nameOf(note)] }
    expect((await at.call('batchGet', get, 'token-of-ada')).status).toBe(200)
    expect(await at.call('batchGet', get, 'token-of-bob')).toEqual(denied)
  })

  it('do not hold for an admin', async () => {
    const at = wire()
    expect((await commit({ update: { name: nameOf('any/where'), fields: {} } }, 'owner', at)).status).toBe(200)
  })
})
