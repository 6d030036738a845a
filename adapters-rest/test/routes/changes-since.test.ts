import type { PullPage, RemoteAdapter } from '@rowkeep/kernel'
import { describe, expect, test } from 'vitest'
import { type ChangesOptions, changesSince } from '../../src/routes/index.ts'
import { contextOf, failureOf } from '../adapter/support.ts'
import { answer, brief, plain, pullOf, script, status, url } from './support.ts'

const at = (second: number): string => new Date(Date.UTC(2026, 10, 20, 5, 0, second)).toISOString()
const item = (id: string, second: number, more: object = {}): object => ({
  id,
  version: 1,
  updated_at: at(second),
  ...more,
})
const routes = (options: ChangesOptions = {}): RemoteAdapter =>
  plain({ feed: changesSince({ deleted: 'deleted', ...options }) })

type Listed = Exclude<PullPage, { kind: 'expired' }>

/** Pulls with these answers in turn, each cursor leading to the next; the device's clock stands at `nows`. */
async function pulls(
  adapter: RemoteAdapter,
  answers: readonly (() => Response)[],
  from: string | null = null,
  nows: readonly number[] = [],
): Promise<{ pages: Listed[]; asked: string[] }> {
  const { network, sent } = script(...answers)
  const pages: Listed[] = []
  let cursor = from
  for (const [n] of answers.entries()) {
    const env = { now: () => nows[n] ?? 0 }
    const page = await adapter.pull(pullOf(cursor), contextOf(network, {}, env))
    if (page.kind === 'expired') throw new Error('expired')
    pages.push(page)
    cursor = page.cursor
  }
  return { pages, asked: sent.map((request) => decodeURIComponent(brief(request))) }
}

const ends = (...items: object[]): (() => Response) => answer({ items, next: null })

describe('a run', () => {
  test('lists all, page by page, and then asks from before the newest stamp', async () => {
    const answers = [
      answer({ items: [item('n1', 20)], next: 'tok 1' }),
      answer({ items: [], next: 2 }),
      ends(item('n2', 30)),
      ends(),
      ends(),
    ]
    const { pages, asked } = await pulls(routes(), answers)
    expect(asked).toEqual([
      'GET /notes?limit=10',
      'GET /notes?after=tok+1&limit=10',
      'GET /notes?after=2&limit=10',
      `GET /notes?updated_since=${at(20)}&limit=10`,
      `GET /notes?updated_since=${at(20)}&limit=10`,
    ])
    expect(pages.map(({ kind, more }) => [kind, more])).toEqual([
      ['snapshot', true],
      ['snapshot', true],
      ['snapshot', false],
      ['delta', false],
      ['delta', false],
    ])
  })

  test('of many pages asks for the same time in each, and never goes back from where it was', async () => {
    const answers = [ends(item('n1', 30)), answer({ items: [item('n2', 50)], next: 'b' }), ends(item('n3', 45)), ends()]
    const { asked } = await pulls(routes(), answers)
    expect(asked.slice(1)).toEqual([
      `GET /notes?updated_since=${at(20)}&limit=10`,
      `GET /notes?updated_since=${at(20)}&after=b&limit=10`,
      `GET /notes?updated_since=${at(40)}&limit=10`,
    ])
  })

  test('of a list without rows begins at nothing again', async () => {
    const { pages } = await pulls(routes(), [ends()])
    expect(pages[0]?.cursor).toBeNull()
  })

  test('is counted from the server clock at its start where there is one', async () => {
    const answers = [
      answer({ items: [item('n1', 59)], next: 'b', meta: { now: at(40) } }),
      answer({ items: [], meta: { now: at(59) } }),
      answer({ items: [], meta: { now: at(59) } }),
    ]
    const adapter = routes({ now: 'meta.now' })
    expect(adapter.capabilities.clock).toBe('page')
    const { pages, asked } = await pulls(adapter, answers)
    expect(asked[2]).toBe(`GET /notes?updated_since=${at(30)}&limit=10`)
    expect(pages.map(({ now }) => now)).toEqual([Date.parse(at(40)), Date.parse(at(59)), Date.parse(at(59))])
  })

  test('keeps stamps that are numbers as numbers', async () => {
    const { asked } = await pulls(routes({ overlapMs: 5 }), [ends({ ...item('n1', 0), updated_at: 100 }), ends()])
    expect(asked[1]).toBe('GET /notes?updated_since=95&limit=10')
  })

  test('names parameters and parts as it was told', async () => {
    const names = {
      ...{ items: 'data.rows', next: 'data.cursor', stamp: 'changed' },
      ...{ sinceParam: 'since', afterParam: 'page[after]', limitParam: 'page[size]', overlapMs: 0 },
    }
    const data = (cursor: string | null) =>
      answer({ data: { rows: [{ id: 'n1', version: 1, changed: at(9) }], cursor } })
    const { asked, pages } = await pulls(routes(names), [data('x'), data(null), data(null)])
    expect(asked).toEqual([
      'GET /notes?page[size]=10',
      'GET /notes?page[after]=x&page[size]=10',
      `GET /notes?since=${at(9)}&page[size]=10`,
    ])
    expect(pages[0]?.changes).toEqual([
      { kind: 'record', collection: 'notes', id: 'n1', revision: '1', record: { id: 'n1' } },
    ])
  })

  test('tells its place from others by the address', async () => {
    const { pages } = await pulls(routes(), [ends(item('n1', 20))])
    expect(pages[0]?.epoch).toBe(`${url}/notes`)
    const other = plain({ feed: changesSince(), collections: { notes: { path: '/other' } } })
    const moved = await pulls(other, [ends()], pages[0]?.cursor)
    expect(moved.pages[0]?.kind).toBe('snapshot')
    expect(moved.asked).toEqual(['GET /other?limit=10'])
  })
})

describe('where deletions are silent', () => {
  const silent = plain({ feed: changesSince({ sweepMs: 1000 }) })
  const kinds = async (nows: readonly number[]): Promise<readonly string[]> => {
    const { pages } = await pulls(
      silent,
      nows.map(() => ends(item('n1', 30))),
      null,
      nows,
    )
    return pages.map(({ kind }) => kind)
  }

  test('everything is listed again once it is time', async () => {
    expect(await kinds([0, 999, 1000, 1001, 2000])).toEqual(['snapshot', 'delta', 'snapshot', 'delta', 'snapshot'])
  })

  test('a clock that was put back does not put it off', async () => {
    expect(await kinds([5000, 5500, 100, 1099])).toEqual(['snapshot', 'delta', 'snapshot', 'delta'])
  })

  test('a listing under way is gone on with, however long it takes', async () => {
    const answers = [answer({ items: [item('n1', 30)], next: 'b' }), ends(item('n2', 40)), ends()]
    const { pages, asked } = await pulls(silent, answers, null, [0, 5000, 5001])
    expect(pages.map(({ kind }) => kind)).toEqual(['snapshot', 'snapshot', 'snapshot'])
    expect(asked[1]).toBe('GET /notes?after=b&limit=10')
  })

  test.each([
    [{}, 299_999, 'delta'],
    [{}, 300_000, 'snapshot'],
    [{ deleted: 'deleted' }, 300_000, 'delta'],
    [{ deleted: 'deleted', sweepMs: 1000 }, 1000, 'snapshot'],
  ])('it is time by %j after %i ms: %s', async (options, later, kind) => {
    const answers = [ends(item('n1', 30)), ends(item('n1', 30))]
    const { pages } = await pulls(plain({ feed: changesSince(options) }), answers, null, [0, later])
    expect(pages[1]?.kind).toBe(kind)
  })

  test('they never come as tombstones', () => {
    expect(silent.capabilities.deletes).toBe('none')
  })
})

describe('deletions that are marked', () => {
  test.each([true, 1, at(0)])('by %j come as tombstones', async (deleted) => {
    const { pages } = await pulls(routes(), [ends(item('n1', 20, { deleted, title: 'old' }))])
    expect(pages[0]?.changes).toEqual([{ kind: 'tombstone', collection: 'notes', id: 'n1', revision: '1' }])
  })

  test.each([false, null, 0, ''])('are not those marked %j', async (deleted) => {
    const { pages } = await pulls(routes(), [ends(item('n1', 20, { deleted }))])
    expect(pages[0]?.changes).toMatchObject([{ kind: 'record', record: { id: 'n1' } }])
  })
})

describe('410 for a time that is too long ago', () => {
  const listed = ends(item('n1', 20))

  test('is expired where the server is said to tell', async () => {
    const adapter = routes({ expiry: 'signalled' })
    expect(adapter.capabilities.expiry).toBe('signalled')
    const { pages } = await pulls(adapter, [listed])
    const page = await adapter.pull(pullOf(pages[0]?.cursor), contextOf(status(410)))
    expect(page).toEqual({ kind: 'expired', epoch: `${url}/notes` })
    expect((await failureOf(adapter.pull(pullOf(), contextOf(status(410))))).code).toBe('SYNC_PROTOCOL')
  })

  test('is an error where it is not', async () => {
    const { pages } = await pulls(routes(), [listed])
    const pull = routes().pull(pullOf(pages[0]?.cursor), contextOf(status(410)))
    expect((await failureOf(pull)).code).toBe('SYNC_PROTOCOL')
  })
})

describe('an answer is refused', () => {
  test.each([
    ['no list', answer({ items: {} }), /items of the answer is no list/],
    ['no object', answer([]), /items of the answer is no list/],
    ['a row that is none', answer({ items: [1] }), /items of the answer\[0\] is no object/],
    ['a row without a key', answer({ items: [{ version: 1 }, item('n1', 1)] }), /items of the answer\[0\] has no id/],
    ['a key that is too long', answer({ items: [item('x'.repeat(513), 1)] }), /longer than 512 bytes/],
    ['more rows than asked for', ends(...Array.from({ length: 11 }, (_, n) => item(`n${n}`, n))), /11 rows where 10/],
    ['a token that is none', answer({ items: [], next: {} }), /next of the answer is no text/],
    ['a token too long to keep', answer({ items: [], next: 'x'.repeat(5000) }), /too long to be kept/],
    ['a page of HTML', () => new Response('<p>', { headers: { 'content-type': 'text/html' } }), /sign-in page/],
    ['304 that was not asked for', status(304), /status 304/],
  ])('%s', async (_, reply, why) => {
    const error = await failureOf(routes().pull(pullOf(), contextOf(reply)))
    expect([error.code, error.message]).toEqual(['SYNC_PROTOCOL', expect.stringMatching(why)])
  })

  test('without the server clock it was said to have', async () => {
    const error = await failureOf(routes({ now: 'now' }).pull(pullOf(), contextOf(ends())))
    expect(error.message).toMatch(/now is neither milliseconds nor a date/)
  })

  test('where a feed has several collections', async () => {
    const feed = { id: 'x', collections: ['notes', 'tasks'] }
    const error = await failureOf(routes().pull({ ...pullOf(), feed }, contextOf(ends())))
    expect(error.code).toBe('SYNC_UNSUPPORTED')
  })
})

test('a row whose stamp cannot be read does not decide where to go on', async () => {
  const odd = { id: 'n2', version: 1, updated_at: 'yesterday' }
  const { asked, pages } = await pulls(routes(), [ends(item('n1', 20), odd), ends()])
  expect(asked[1]).toBe(`GET /notes?updated_since=${at(10)}&limit=10`)
  expect(pages[0]?.changes).toHaveLength(2)
})

describe('the token of a page', () => {
  test.each([400, 404, 410, 422])('that the server has forgotten (%i) lets the run begin anew', async (refusal) => {
    const { pages } = await pulls(routes(), [answer({ items: [item('n1', 20)], next: 'tok' })])
    const page = await routes().pull(pullOf(pages[0]?.cursor), contextOf(status(refusal)))
    expect(page).toEqual({ kind: 'expired', epoch: `${url}/notes` })
  })

  test.each([
    [401, 'SYNC_AUTH_REQUIRED'],
    [403, 'SYNC_FORBIDDEN'],
    [429, 'SYNC_RATE_LIMITED'],
    [503, 'SYNC_NETWORK'],
  ])('is good for another try after %i', async (refusal, code) => {
    const { pages } = await pulls(routes(), [answer({ items: [item('n1', 20)], next: 'tok' })])
    const pull = routes().pull(pullOf(pages[0]?.cursor), contextOf(status(refusal)))
    expect((await failureOf(pull)).code).toBe(code)
  })
})
