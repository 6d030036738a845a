import { type OpenStore, platformEnv } from '@rowkeep/kernel'
import { expect, onTestFinished, test } from 'vitest'
import { indexeddbStore } from '../../src/indexeddb/index.ts'
import { evict } from './support/storage.ts'
import { openTab, urlOf } from './support/tabs.ts'
import { loadFrom } from './support/writers.ts'

const url = urlOf('stores/indexeddb.ts')
const writers = urlOf('support/writers.ts')
const spec = { namespace: 'u-ada', durability: 'none', env: platformEnv } as const

async function openStore(): Promise<OpenStore> {
  const open = await indexeddbStore({ name: crypto.randomUUID() }).open(spec)
  onTestFinished(() => open.close())
  return open
}

test('a namespace that another tab has open is not destroyed: SYNC_STORE_LOCKED, and nothing is gone', async () => {
  const place = crypto.randomUUID()
  const store = indexeddbStore({ name: place })
  const open = await store.open(spec)
  await open.commit([{ table: 'base', key: 'k', value: 1 }], 0)
  await open.close()
  const tab = await openTab()
  onTestFinished(() => tab.close().catch(() => undefined))
  const channel = new BroadcastChannel(place)
  const held = new Promise((resolve) => {
    channel.onmessage = resolve
  })
  tab.run(writers, 'keepOpen', url, place).catch(() => undefined)
  await held
  await expect(store.destroy(spec.namespace)).rejects.toMatchObject({ code: 'SYNC_STORE_LOCKED' })
  const again = await store.open(spec)
  expect((await loadFrom(again)).values).toEqual(new Map([['base/k', 1]]))
  await again.close()
  await tab.close()
  await expect.poll(() => store.destroy(spec.namespace).then(() => 'gone', String)).toBe('gone')
})

test('a namespace that the browser deletes while it is open is SYNC_STORE_BROKEN, and opens anew, empty', async () => {
  const name = crypto.randomUUID()
  const open = await indexeddbStore({ name }).open(spec)
  await open.commit([{ table: 'op', key: 'o', value: 1 }], 0)
  await evict()
  await expect(open.commit([], 1)).rejects.toMatchObject({ code: 'SYNC_STORE_BROKEN' })
  await open.close()
  const again = await indexeddbStore({ name }).open(spec)
  expect(await loadFrom(again)).toEqual({ head: 0, values: new Map() })
  await again.close()
})

test('strict durability is known to this browser, and granted', async () => {
  const store = indexeddbStore({ name: crypto.randomUUID(), durability: 'strict' })
  expect(store.capabilities.durability).toBe('strict')
  const open = await store.open({ ...spec, durability: 'strict' })
  expect(open.durability).toBe('strict')
  expect(await open.commit([{ table: 'base', key: 'k', value: 1 }], 0)).toBe(1)
  await open.close()
})

test('100 000 rows load whole after they were committed in pages', { timeout: 120_000 }, async () => {
  const open = await openStore()
  let head = 0
  const row = (n: number) =>
    ({ table: 'base', key: `row-${n}`, value: { id: n, title: `The title of row ${n}` } }) as const
  for (let from = 0; from < 100_000; from += 1000) {
    head = await open.commit(
      Array.from({ length: 1000 }, (_, n) => row(from + n)),
      head,
    )
  }
  const { values } = await loadFrom(open)
  expect([values.size, values.get('base/row-99999')]).toEqual([100_000, row(99_999).value])
})
