import { describe, expect, it } from 'vitest'
import { plainTables } from '../src/index.ts'
import { syncKit } from '../src/kit/index.ts'
import type { Profile } from '../src/profile.ts'
import { type SupabaseDouble, type SupabaseKitDouble, supabaseDouble, supabaseKitDouble } from '../src/testing/index.ts'
import { device } from './devices.ts'
import { over } from './support.ts'

const hidden = ['user_id']
type Made = readonly [SupabaseDouble, Profile]
const profiles: readonly (readonly [name: string, make: () => Promise<Made>])[] = [
  [
    'plain tables with marks',
    async () => [supabaseDouble(), plainTables({ version: 'version', deleted: 'deleted', hidden })],
  ],
  ['bare tables', async () => [supabaseDouble({ marked: false }), plainTables({ hidden, sweepMs: 0 })]],
  [
    'the kit',
    async () => {
      const double: SupabaseKitDouble = await supabaseKitDouble()
      return [double, syncKit({ name: double.name })]
    },
  ],
]

describe.each(profiles)('two devices over %s', (_, make) => {
  it('agree in the end about writes, edits made offline on both, and deletions', async () => {
    const [double, profile] = await make()
    const [one, two] = [device(over(double, { profile }).adapter), device(over(double, { profile }).adapter)]
    const sync = async (): Promise<void> => {
      for (const client of [one, two, one, two]) await client.synchronize()
    }
    const ids = ['a', 'b', 'c', 'd\'"(,)']
    for (const id of ids) await one.collections.notes.create({ id, title: `note ${id}`, done: false })
    await sync()
    expect(new Set((await two.collections.notes.readAll()).map(({ id }) => id))).toEqual(new Set(ids))

    // Offline, on both: different fields of one record, and two records gone.
    await one.collections.notes.update('a', { title: 'by one' })
    await two.collections.notes.update('a', { done: true })
    await one.collections.notes.delete('b')
    await two.collections.notes.delete('d\'"(,)')
    await sync()
    const [left, right] = await Promise.all([one.collections.notes.readAll(), two.collections.notes.readAll()])
    expect(left).toEqual(right)
    expect(left.map(({ id }) => id)).toEqual(['a', 'c'])
    expect(left[0]).toMatchObject({ id: 'a', title: 'by one', done: true })
    expect(new Set((await double.rows('notes')).map(({ id }) => id))).toEqual(new Set(['a', 'c']))
    await Promise.all([one.dispose(), two.dispose()])
    await double.close()
  })

  it('agree after a record was deleted and made again', async () => {
    const [double, profile] = await make()
    const [one, two] = [device(over(double, { profile }).adapter), device(over(double, { profile }).adapter)]
    await one.collections.notes.create({ id: 'a', title: 'first life' })
    await one.synchronize()
    await two.synchronize()
    await one.collections.notes.delete('a')
    await one.synchronize()
    await one.collections.notes.create({ id: 'a', title: 'second life' })
    await one.synchronize()
    await two.synchronize()
    expect(await two.collections.notes.read('a')).toMatchObject({ title: 'second life' })
    await Promise.all([one.dispose(), two.dispose()])
    await double.close()
  })
})
