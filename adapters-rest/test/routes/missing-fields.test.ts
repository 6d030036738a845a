import type { PullPage } from '@rowkeep/kernel'
import { describe, expect, test } from 'vitest'
import { changesSince, type FeedRoute, ifMatch, listing, type PlainOptions } from '../../src/routes/index.ts'
import { contextOf, failureOf } from '../adapter/support.ts'
import { answer, plain, pullOf, script, token } from './support.ts'

const at = '2026-01-01T00:00:00Z'
const whole = { id: 'a', title: 'One', version: 1, updated_at: at }

/** Pulls a page that holds these rows. */
function pulled(rows: readonly object[], options: Partial<PlainOptions> = {}): Promise<PullPage> {
  const { network } = script(answer({ items: rows, now: at }))
  const feed = options.feed ?? listing({ items: 'items' })
  return plain({ ...options, feed }).pull(pullOf(), contextOf(network))
}

const keyed = (key: string): PlainOptions['collections'] => ({ notes: { path: '/notes', key } })

describe('a field that no row of a page has', () => {
  test.each<[option: string, field: string, options: Partial<PlainOptions>]>([
    ['ifMatch.revision', 'rev', { writes: ifMatch({ revision: 'rev' }) }],
    ['ifMatch.revision', 'rev', { writes: ifMatch({ revision: 'rev' }), feed: changesSince() }],
    ['changesSince.stamp', 'changed', { feed: changesSince({ stamp: 'changed' }) }],
    ['collections.notes.key', 'uuid', { collections: keyed('uuid') }],
    ['collections.notes.key', 'uuid', { collections: keyed('uuid'), feed: changesSince() }],
    ['ifMatch.revision', 'toString', { writes: ifMatch({ revision: 'toString' }) }],
  ])('is a mistake in %s', async (option, field, options) => {
    const { code, message } = await failureOf(pulled([whole, { ...whole, id: 'b' }], options))
    expect(code).toBe('SYNC_CONFIG_INVALID')
    expect(message).toContain(`no row has "${field}" (${option}); the first has id, title, version, updated_at`)
  })

  test('is told by the names of fields alone, without the token', async () => {
    const secret = [{ [token]: 1, title: 'Diary' }]
    const { code, message } = await failureOf(pulled(secret))
    expect([code, message]).toEqual(['SYNC_CONFIG_INVALID', expect.stringContaining('the first has ***, title')])
    expect(message).not.toMatch(/Diary|canary/)
  })

  test('is told in few words, however many fields there are', async () => {
    const wide = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`field${n}`, n]))
    expect((await failureOf(pulled([wide]))).message.length).toBeLessThan(500)
  })
})

describe('no mistake', () => {
  test('is a field that only some rows lack: those alone are set aside', async () => {
    const rows = [
      { id: 'a', title: 'One' },
      { ...whole, id: 'b' },
    ]
    expect(await pulled(rows)).toMatchObject({ changes: [{ kind: 'unreadable' }, { kind: 'record' }] })
  })

  test('is a page without rows, or with none that stands', async () => {
    const feed = changesSince({ deleted: 'gone' })
    expect(await pulled([], { feed })).toMatchObject({ changes: [] })
    expect(await pulled([{ id: 'a', gone: true, version: 2 }], { feed })).toMatchObject({
      changes: [{ kind: 'tombstone' }],
    })
  })

  test.each<[string, FeedRoute]>([
    ['where the server tells its clock', changesSince({ now: 'now' })],
    ['where everything is listed', listing({ items: 'items' })],
  ])('is a stamp that rows lack %s', async (_, feed) => {
    expect(await pulled([{ id: 'a', version: 1 }], { feed })).toMatchObject({ changes: [{ kind: 'record' }] })
  })
})
