import { isSyncError, type RemoteAdapter, type SyncError } from '@rowkeep/kernel'
import { levelOf } from '@rowkeep/kernel/diagnostics'
import { describe, expect, test } from 'vitest'
import { type RoutedOptions, restAdapter } from '../../src/index.ts'
import { changesSince, type FeedRoute, ifMatch, listing, overwrite, plainRoutes } from '../../src/routes/index.ts'
import { contextOf, failureOf } from '../adapter/support.ts'
import { answer, plain, pullOf, script, url } from './support.ts'

const collections = { notes: { path: '/notes' } }

function refusalOf(make: () => unknown): SyncError {
  try {
    make()
  } catch (error) {
    if (isSyncError(error, 'SYNC_CONFIG_INVALID')) return error
    throw error
  }
  throw new Error('the options were accepted')
}

describe('options', () => {
  test.each([
    [{ collections: {} }, /collections must name at least one/],
    [{ collections: undefined }, /collections must name at least one/],
    [{ collections: { notes: { path: 'notes' } } }, /collections\.notes\.path must be a path below url/],
    [{ collections: { notes: { path: '//evil.example/notes' } } }, /collections\.notes\.path/],
    [{ collections: { notes: { path: '/no tes' } } }, /collections\.notes\.path/],
    [{ collections: { notes: {} } }, /collections\.notes\.path/],
    [{ collections: { notes: { path: '/notes', item: '/notes' } } }, /collections\.notes\.item must hold \{id\} once/],
    [
      { collections: { notes: { path: '/notes', item: '/{id}/{id}' } } },
      /collections\.notes\.item must hold \{id\} once/,
    ],
    [{ collections: { notes: { path: '/notes', key: '' } } }, /collections\.notes\.key/],
    [{ collections: { notes: { path: '/notes', decode: {} } } }, /collections\.notes\.decode must be a function/],
    [{ collections, feed: {} }, /feed must be a value like changesSince/],
    [{ collections, writes: {} }, /writes must be a value like ifMatch/],
    [{ collections, session: {} }, /session must be a function/],
    [{ collections, userHeader: 'X User' }, /userHeader must be the name of a header/],
    [
      { collection: collections },
      /plainRoutes has no "collection", only collections, feed, writes, session, userHeader/,
    ],
    [
      { collections: { notes: { path: '/notes', keys: 'uuid' } } },
      /collections\.notes has no "keys", only path, item, key, fields, decode, encode/,
    ],
    [{ collections: { notes: '/notes' } }, /collections\.notes must be an object with path, item/],
    [undefined, /plainRoutes must be an object with collections/],
    [{ collections, feed: 'changes' }, /feed must be a value like changesSince/],
    [{ collections, writes: null }, /writes must be a value like ifMatch/],
    [{ collections, writes: ifMatch }, /writes must be a value like ifMatch/],
  ])('refuses %j', (options, why) => {
    expect(refusalOf(() => restAdapter({ url, routes: plainRoutes(options as never) })).message).toMatch(why)
  })

  test.each([
    [() => changesSince({ overlapMs: -1 }), /changesSince\.overlapMs must be a whole number/],
    [() => changesSince({ sweepMs: 0.5 }), /changesSince\.sweepMs must be a whole number/],
    [() => changesSince({ stamp: '' }), /changesSince\.stamp must be a text/],
    [() => changesSince({ deleted: '' }), /changesSince\.deleted must be a text/],
    [() => listing({ pages: { afterParam: '' } }), /listing\.pages\.afterParam/],
    [() => listing({ pages: {} as never }), /listing\.pages\.afterParam/],
    [() => ifMatch({ revision: '' }), /ifMatch\.revision/],
    [
      () => changesSince({ updatedAt: 'changed' } as never),
      /changesSince has no "updatedAt", only stamp, deleted, items, next, now, sinceParam, afterParam, limitParam, overlapMs, sweepMs, expiry/,
    ],
    [() => changesSince('updated_at' as never), /changesSince must be an object with stamp/],
    [() => listing({ page: {} } as never), /listing has no "page", only items, deleted, pages/],
    [
      () => listing({ pages: { afterParam: 'after', limit: 5 } as never }),
      /listing\.pages has no "limit", only afterParam, limitParam, next/,
    ],
    [() => ifMatch({ version: 'rev' } as never), /ifMatch has no "version", only revision, revisions/],
    [() => (overwrite as (options: object) => unknown)({ revision: 'rev' }), /overwrite takes no options/],
  ])('refuses %s', (make, why) => {
    expect(refusalOf(make).message).toMatch(why)
  })

  test('refuses routes that are none', () => {
    expect(refusalOf(() => restAdapter({ url, routes: {} } as unknown as RoutedOptions)).message).toMatch(
      /routes must be a function, like plainRoutes/,
    )
  })

  test('refuses a token that nobody could tell the owner of', () => {
    const token = (): string => 't'
    const routes = plainRoutes({ collections })
    expect(refusalOf(() => restAdapter({ url, token, routes })).message).toMatch(
      /session: \(\) => \(\{ user, token \}\)/,
    )
    const session = (): { user: string; token: string } => ({ user: 'ada', token: 't' })
    expect(refusalOf(() => plain({ session }, { token })).message).toMatch(/token and session are both given/)
    expect(restAdapter({ url, token, routes: plainRoutes({ collections, userHeader: 'Rowkeep-User' }) }).name).toBe(
      'rest',
    )
  })

  test('takes other limits, and refresh', async () => {
    const adapter = restAdapter({
      url,
      limits: { pageRows: 7, retentionMs: 1 },
      refresh: () => true,
      routes: plainRoutes({ collections }),
    })
    expect(adapter.capabilities.limits).toMatchObject({ pageRows: 7, retentionMs: 1, operations: 20 })
    expect(await adapter.refresh(contextOf(answer([])))).toBe(true)
    expect('subscribe' in adapter).toBe(false)
  })

  test('a list that comes whole has large pages, because each costs the whole list', () => {
    const rows = (feed: FeedRoute): number => plain({ feed }).capabilities.limits.pageRows
    expect([listing(), listing({ pages: { afterParam: 'after' } }), changesSince()].map(rows)).toEqual([
      10_000, 1000, 1000,
    ])
  })

  test('a collection that is not configured is named, and nothing is sent', async () => {
    const { network, sent } = script()
    const feed = { id: 'x', collections: ['constructor'] }
    const error = await failureOf(plain().pull({ ...pullOf(), feed }, contextOf(network)))
    expect([error.code, error.message]).toEqual(['SYNC_CONFIG_INVALID', expect.stringContaining('"constructor"')])
    expect(sent).toEqual([])
  })
})

test.each([
  [{ feed: changesSince({ deleted: 'gone' }), writes: ifMatch() }, 'checked'],
  [{ feed: changesSince(), writes: ifMatch() }, 'last-write-wins'],
  [{ feed: listing(), writes: ifMatch() }, 'last-write-wins'],
  [{ feed: changesSince({ deleted: 'gone' }), writes: overwrite() }, 'last-write-wins'],
  [{ writes: overwrite() }, 'last-write-wins'],
  [{ feed: changesSince({ deleted: 'gone' }) }, 'cache'],
  [{}, 'cache'],
] as const)('%# adds up to the level %s', (routes, level) => {
  const { capabilities }: RemoteAdapter = restAdapter({ url, routes: plainRoutes({ collections, ...routes }) })
  expect(levelOf(capabilities)).toBe(level)
  const parts = [capabilities, capabilities.conditions, capabilities.operators, capabilities.limits]
  expect(parts.map(Object.isFrozen)).toEqual([true, true, true, true])
})
