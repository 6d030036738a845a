import type { StoreHarness } from '@rowkeep/conformance-tests'
import { createSyncClient, record } from '@rowkeep/kernel'
import { add, migrations } from '@rowkeep/kernel/migrations'
import { belongsTo, hasMany } from '@rowkeep/kernel/relations'
import { transaction } from '@rowkeep/kernel/transactions'
import { clear, clearAndFetch, switchUser } from '@rowkeep/kernel/users'
import { describe, expect, it } from 'vitest'
import * as harnesses from './conformance.ts'

interface Post {
  readonly id: string
  readonly text: string
  readonly stars?: number
}
interface Remark {
  readonly id: string
  readonly postId: string
}

const collections = {
  posts: { schema: record<Post>(), relations: { remarks: hasMany('remarks', 'postId') } },
  remarks: { schema: record<Remark>(), relations: { post: belongsTo('posts', 'postId') } },
}
const older = { posts: record<Post>(), remarks: record<Remark>() }

const stores = Object.values(harnesses).filter((one): one is StoreHarness => 'place' in Object(one))

describe.each(stores.map((harness) => [harness.name, harness] as const))('users over %s', (_, harness) => {
  it('keep their data apart in one client, over migrations, relations, transactions and a restart', async () => {
    const place = await harness.place()
    const store = place.store()
    const before = createSyncClient({ collections: older, store, user: 'bob' })
    await before.collections.posts.create({ id: 'old', text: 'of bob, older' })
    await before.dispose()

    const options = {
      collections,
      store,
      migrations: migrations({ version: 2, steps: [{ to: 2, records: { posts: [add('stars', 1)] } }] }),
    }
    const client = createSyncClient({ ...options, user: 'ada' })
    const { posts, remarks } = client.collections
    const seen: string[] = []
    const withRemarks = posts.watchQuery({ with: { remarks: true } })
    withRemarks.subscribe((rows) => seen.push(rows.map(({ id, remarks: own }) => `${id}:${own.length}`).join()))
    await transaction(
      client,
      async (tx) => {
        await tx.posts.create({ id: 'a', text: 'of ada' })
        await tx.remarks.create({ id: 'r', postId: 'a' })
      },
      { split: true },
    )
    await switchUser(client, 'bob')
    expect(await posts.readAll()).toEqual([{ id: 'old', text: 'of bob, older', stars: 1 }])
    expect(await remarks.count()).toBe(0)
    await remarks.create({ id: 's', postId: 'old' })
    await expect(switchUser(client, 'ada', clearAndFetch())).rejects.toMatchObject({ code: 'SYNC_UNSYNCED' })
    await switchUser(client, undefined)
    expect(withRemarks.getSnapshot()).toEqual([])
    await client.dispose()

    const again = createSyncClient({ ...options, store: place.store(), user: 'ada' })
    expect(await again.collections.posts.query({ with: { remarks: true } })).toMatchObject([
      { id: 'a', remarks: [{ id: 'r' }] },
    ])
    await switchUser(again, 'bob', clearAndFetch({ discardPending: true }))
    expect(await again.collections.posts.count()).toBe(0)
    await switchUser(again, 'ada')
    expect(await again.collections.posts.count()).toBe(1)
    await clear(again, { discardPending: true })
    await again.dispose()
    expect(seen.at(0)).toBe('')
    expect(seen.filter((row) => row.includes('a:') && row.includes('old:'))).toEqual([])
    expect(seen.slice(-3)).toEqual(['old:0', 'old:1', ''])
    await place.dispose?.()
  })
})
