import type { PullPage, PullRequest } from '@rowkeep/kernel'
import { describe, expect, test } from 'vitest'
import { adapterWith, ask, contextOf, failureOf, json, page } from './support.ts'

const record = { kind: 'record', collection: 'notes', id: 'n1', revision: '3', record: { id: 'n1', title: 'Milk' } }
const delta = { ...ask, cursor: 'c0' }

const pull = (body: unknown, request: PullRequest = ask): Promise<PullPage> =>
  adapterWith().pull(
    request,
    contextOf(() => json(body)),
  )

/** The only change of a page that holds this one. */
async function changeOf(change: unknown): Promise<unknown> {
  const answer = await pull({ ...page, changes: [change] })
  return answer.kind === 'expired' ? undefined : answer.changes[0]
}
const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) })

describe('a page', () => {
  test('comes through as it is', async () => {
    const changes = [
      record,
      { ...record, id: 'n2', contains: ['00000000-0000-4000-8000-000000000001'] },
      { kind: 'tombstone', collection: 'tasks', id: 't1', revision: '12' },
      { kind: 'eviction', collection: 'tasks', id: 't2' },
      {
        kind: 'unreadable',
        collection: 'tasks',
        id: 't3',
        error: { code: 'SYNC_PROTOCOL', message: 'why', details: { a: 1 } },
      },
    ]
    const wanted = { ...page, kind: 'delta', changes, more: true }
    expect(await pull(wanted, delta)).toEqual(wanted)
  })

  test('may be empty, without an epoch, and end in a null cursor', async () => {
    const { epoch: _, ...bare } = page
    expect(await pull({ ...bare, cursor: null })).toEqual({ ...bare, cursor: null })
  })

  test('hands on no field that the contract does not know', async () => {
    const answer = await pull({ ...page, secret: 1, changes: [{ ...record, secret: 1 }] })
    expect(answer).toEqual({ ...page, changes: [record] })
  })

  test('may say that the cursor is too old', async () => {
    expect(await pull({ kind: 'expired', epoch: 'e2', now: 5 }, delta)).toEqual({
      kind: 'expired',
      epoch: 'e2',
      now: 5,
    })
    expect(await pull({ kind: 'expired' }, delta)).toEqual({ kind: 'expired' })
  })

  test.each<[string, unknown, PullRequest?]>([
    ['a page must be an object', []],
    ['a page must be an object', null],
    ['a page must be an object', 'page'],
    ['kind must be', { ...page, kind: 'full' }],
    ['kind must be', { ...page, kind: undefined }],
    ['a delta where a snapshot was asked for', { ...page, kind: 'delta' }],
    ['expired, where a snapshot was asked for', { kind: 'expired' }],
    ['changes must be an array', { ...page, changes: {} }],
    ['changes must be an array', { ...page, changes: undefined }],
    ['more must be', { ...page, more: 1 }],
    ['more must be', { ...page, more: undefined }],
    ['cursor must be', { ...page, cursor: undefined }],
    ['cursor must be', { ...page, cursor: '' }],
    ['cursor must be', { ...page, cursor: 7 }],
    ['cursor is longer than 4096 bytes', { ...page, cursor: 'é'.repeat(2049) }],
    ['cursor is null although', { ...page, cursor: null, more: true }],
    ['epoch must be', { ...page, epoch: 1 }],
    ['epoch must be', { kind: 'expired', epoch: {} }, delta],
    ['now must be', { ...page, now: 'today' }],
    ['now is missing', { ...page, now: undefined }],
    ['2 changes where 1 were asked for', { ...page, changes: [record, record] }, { ...ask, limit: 1 }],
    ['changes[0] must be an object', { ...page, changes: [null] }],
    ['changes[1] must be an object', { ...page, changes: [record, []] }],
    ['changes[0].collection must be text', { ...page, changes: [{ ...record, collection: 7 }] }],
    ['changes[0] is of "secrets"', { ...page, changes: [{ ...record, collection: 'secrets' }] }],
    ['changes[0] is of "__proto__"', { ...page, changes: [{ ...record, collection: '__proto__' }] }],
    ['changes[0].id must be text', { ...page, changes: [{ ...record, id: 7 }] }],
    ['changes[0].id must be text', { ...page, changes: [{ ...record, id: '' }] }],
    ['changes[0].id is longer than 512 bytes', { ...page, changes: [{ ...record, id: 'é'.repeat(257) }] }],
  ])('is refused as a whole: %s', async (why, body, request) => {
    const error = await failureOf(pull(body, request))
    expect(error.code).toBe('SYNC_PROTOCOL')
    expect(error.message).toContain(why)
  })

  test('with a cursor of exactly 4096 bytes is good', async () => {
    expect(await pull({ ...page, cursor: 'é'.repeat(2048) })).toMatchObject({ cursor: 'é'.repeat(2048) })
  })
})

describe('a row that does not fit', () => {
  test.each([
    ['kind must be', { ...record, kind: 'row' }],
    ['kind must be', { ...record, kind: undefined }],
    ['revision must be', { ...record, revision: 3 }],
    ['revision must be', { ...record, revision: null }],
    ['revision must be', { ...record, kind: 'tombstone', revision: '' }],
    ['record must be', { ...record, record: undefined }],
    ['record must be', { ...record, record: [] }],
    ['record must be', { ...record, record: 'text' }],
    ['contains must list', { ...record, contains: 'id' }],
    ['contains must list', { ...record, contains: [1] }],
    ['deeper than 100 levels', { ...record, record: nested(101) }],
    ['deeper than 100 levels', { ...record, record: { list: Array.from({ length: 3 }, () => nested(100)) } }],
  ])('is unreadable: %s', async (why, change) => {
    const error = { code: 'SYNC_PROTOCOL', message: expect.stringContaining(why) }
    expect(await changeOf(change)).toEqual({ kind: 'unreadable', collection: 'notes', id: 'n1', error })
  })

  test('is set aside while the page goes on', async () => {
    const answer = await pull({
      ...page,
      changes: [record, { ...record, id: 'n2', record: 7 }, { ...record, id: 'n3' }],
    })
    expect(answer).toMatchObject({
      changes: [{ kind: 'record' }, { kind: 'unreadable', id: 'n2' }, { kind: 'record', id: 'n3' }],
    })
  })

  test('is one whose number is beyond a double', async () => {
    const body = JSON.stringify({ ...page, changes: [record] }).replace('"Milk"', '1e999')
    const answer = await adapterWith().pull(
      ask,
      contextOf(() => new Response(body, { headers: { 'content-type': 'application/json' } })),
    )
    expect(answer).toMatchObject({
      changes: [{ kind: 'unreadable', error: { message: expect.stringContaining('finite') } }],
    })
  })

  test('is not one of exactly 100 levels', async () => {
    expect(await changeOf({ ...record, record: nested(100) })).toMatchObject({ kind: 'record' })
  })

  test('of 20 000 levels neither overflows the stack nor stops the page [F115]', async () => {
    const deep = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`
    const body = JSON.stringify({ ...page, changes: [record] }).replace('"Milk"', deep)
    const answer = await adapterWith().pull(
      ask,
      contextOf(() => new Response(body, { headers: { 'content-type': 'application/json' } })),
    )
    expect(answer).toMatchObject({ changes: [{ kind: 'unreadable', id: 'n1' }] })
  })

  test('says so even where the server gave no reason of its own', async () => {
    const change = { kind: 'unreadable', collection: 'notes', id: 'n1' }
    expect(await changeOf(change)).toMatchObject({ error: { code: 'SYNC_PROTOCOL', message: expect.any(String) } })
  })
})
