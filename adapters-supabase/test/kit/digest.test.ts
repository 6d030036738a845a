import type { RowHead } from '@rowkeep/kernel'
import { withDigest } from '@rowkeep/kernel/feeds'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { plainTables, supabaseAdapter } from '../../src/index.ts'
import { syncKit } from '../../src/kit/index.ts'
import { sharedDatabase } from '../../src/testing/database.ts'
import { type SupabaseKitDouble, supabaseKitDouble } from '../../src/testing/index.ts'
import { device } from '../devices.ts'
import { type Bench, bench, call, notes } from '../support.ts'

let double: SupabaseKitDouble
let one: Bench
beforeEach(async () => {
  double = await supabaseKitDouble()
  one = bench(double)
  for (const id of ['a', 'b', '\u{10000}', '\uffff']) await double.write('notes', { id, title: id })
})
afterEach(() => double.close())

const remote = () => supabaseAdapter(one.client, { profile: syncKit({ name: double.name }) })

const heads = (...ids: readonly string[]): readonly RowHead[] =>
  ids.map((id) => ({ collection: 'notes', id, revision: '1' }))

const all = heads('\u{10000}', 'b', 'a', '\uffff')

describe('the versions of rows in the sync kit', () => {
  it('are compared by one call of the function that pulls', async () => {
    const { same } = remote()
    expect(await same(notes, all, call())).toBe(true)
    expect(await same(notes, heads('a', 'b'), call())).toBe(false)
    expect(await same(notes, [...all, ...heads('c')], call())).toBe(false)
    expect(
      await same(notes, [...heads('b', '\u{10000}', '\uffff'), { ...heads('a')[0], revision: '2' } as RowHead], call()),
    ).toBe(false)
    expect(one.sent.map(({ path }) => path)).toEqual(Array(4).fill(`/rest/v1/rpc/${double.name}_pull`))
  })

  it('are those of the caller alone', async () => {
    const { client } = bench(double, 'bob')
    const his = supabaseAdapter(client, { profile: syncKit({ name: double.name }) })
    expect(await his.same(notes, [], call({ user: 'bob' }))).toBe(true)
    expect(await his.same(notes, all, call({ user: 'bob' }))).toBe(false)
    await expect(his.same(notes, all, call({ user: 'ada' }))).rejects.toMatchObject({ code: 'SYNC_USER_MISMATCH' })
  })

  it('are not asked for with a filter that SQL would not test as a device does', async () => {
    const filters = { notes: { field: 'title', is: 'matches', value: '.' } } as const
    expect(await remote().same({ ...notes, filters }, [], call())).toBe(true)
    expect(one.sent).toEqual([])
  })

  it('are no difference to a kit that was set up before it knew the question, and answers a page', async () => {
    const answer = { kind: 'page', epoch: 'e', now: 1, safe: '5', from: '5', changes: [], more: false, last: null }
    one.instead.push(() => Response.json(answer))
    expect(await remote().same(notes, [], call())).toBe(true)
  })

  it('are no question where tables are plain', () => {
    expect(supabaseAdapter(one.client, { profile: plainTables() })).not.toHaveProperty('same')
  })

  it('show a row that an administrator removed: it leaves the device, and nothing is sent [F17]', async () => {
    const client = device(withDigest(remote()))
    await client.synchronize()
    await sharedDatabase.owner.query(`delete from ${double.name}.rows where id = 'b'`)
    await client.synchronize()
    expect((await client.collections.notes.readAll()).map(({ id }) => id).sort()).toEqual(['a', '\u{10000}', '\uffff'])
    expect(one.sent.filter(({ path }) => path.endsWith('_push'))).toEqual([])
    await client.dispose()
  })
})
