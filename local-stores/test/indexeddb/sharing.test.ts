import { type Env, type LocalStore, type OpenStore, platformEnv } from '@rowkeep/kernel'
import { describe, expect, onTestFinished, test } from 'vitest'
import { indexeddbStore } from '../../src/indexeddb/index.ts'
import { heldBy, NAMESPACE, openOn, put } from '../file/helpers.ts'
import { databaseOf, dumpOf, freshName, heldTimers, meddle, rawConnection, smallStore } from './helpers.ts'

const code = (name: string) => ({ code: name })
const loadOf = (open: OpenStore): Promise<unknown> => heldBy(open)

const deleted = (database: string): Promise<void> =>
  new Promise((resolve) => {
    indexedDB.deleteDatabase(database).addEventListener('success', () => resolve())
  })

/** A store whose namespace is open, with one commit in it. */
async function inUse(): Promise<{ store: LocalStore; database: string; open: OpenStore }> {
  const name = freshName()
  const store = smallStore({ name })
  const open = await openOn(store)
  await open.commit([put('base', 'a', 1)], 0)
  onTestFinished(() => open.close())
  return { store, database: databaseOf(name), open }
}

describe('a namespace that somebody deletes while it is open', () => {
  test('is SYNC_STORE_BROKEN until it is opened again, and is not made anew in silence', async () => {
    const { store, database, open } = await inUse()
    await deleted(database)
    await expect(open.commit([], 1)).rejects.toMatchObject(code('SYNC_STORE_BROKEN'))
    expect((await indexedDB.databases()).map(({ name }) => name)).not.toContain(database)
    await expect(loadOf(open)).rejects.toMatchObject(code('SYNC_STORE_BROKEN'))
    const again = await openOn(store)
    expect(await heldBy(again)).toEqual({ head: 0, values: {}, broken: {} })
    await again.close()
  })

  test('and another makes anew is SYNC_STORE_BROKEN, though the numbers fit', async () => {
    const { store, database, open } = await inUse()
    await deleted(database)
    const other = await openOn(store)
    await other.commit([put('base', 'b', 2)], 0)
    await expect(open.commit([put('base', 'a', 9)], 1)).rejects.toMatchObject(code('SYNC_STORE_BROKEN'))
    expect((await heldBy(other)).values).toEqual({ 'base/b': 2 })
    await other.close()
  })
})

describe('a database of a newer version', () => {
  test('takes the connection over at once; the older one is refused with SYNC_FORMAT_NEWER, without effect', async () => {
    const { store, database, open } = await inUse()
    const newer = await rawConnection(database, 2)
    newer.close()
    const before = await dumpOf(database)
    await expect(open.commit([], 1)).rejects.toMatchObject(code('SYNC_FORMAT_NEWER'))
    await expect(openOn(store)).rejects.toMatchObject(code('SYNC_FORMAT_NEWER'))
    expect(await dumpOf(database)).toEqual(before)
  })

  test('told by the format of its data is refused the same way', async () => {
    const { store, database, open } = await inUse()
    await meddle(database, (tx) => tx.objectStore('state').put({ format: 2 }, 'state'))
    const before = await dumpOf(database)
    await expect(open.commit([], 1)).rejects.toMatchObject(code('SYNC_FORMAT_NEWER'))
    await expect(openOn(store)).rejects.toMatchObject(code('SYNC_FORMAT_NEWER'))
    expect(await dumpOf(database)).toEqual(before)
  })
})

describe('a database that another tab holds up', () => {
  test('is SYNC_STORE_BLOCKED within 5 s, names the way out, and opens later [F55]', async () => {
    const { store, database, open } = await inUse()
    await open.close()
    const rude = await rawConnection(database)
    const pending = deleted(database)
    const { env, end } = heldTimers()
    const refused = expect(store.open({ namespace: NAMESPACE, durability: 'none', env })).rejects.toMatchObject({
      code: 'SYNC_STORE_BLOCKED',
      retry: 'safe',
      message: expect.stringContaining('close the other tabs'),
    })
    await end(4000)
    await refused
    rude.close()
    await pending
    const again = await openOn(store)
    expect(await again.commit([], 0)).toBe(1)
    await again.close()
    // The connection that came too late was not kept: nothing is in the way of this.
    await deleted(database)
  })

  test('is not destroyed by a tab that waits for ever', async () => {
    const { store, database, open } = await inUse()
    await open.close()
    await rawConnection(database)
    await expect(store.destroy(NAMESPACE)).rejects.toMatchObject(code('SYNC_STORE_BLOCKED'))
  })
})

/** Locks of tabs that live in one process. */
function sharedLocks(): NonNullable<Env['locks']> {
  const held = new Map<string, number>()
  return {
    async hold(name, body, how) {
      const now = held.get(name) ?? 0
      if (how?.shared ? now < 0 : now !== 0) throw new Error(name)
      held.set(name, how?.shared ? now + 1 : -1)
      try {
        return await body()
      } finally {
        held.set(name, how?.shared ? (held.get(name) ?? 0) - 1 : 0)
      }
    },
  }
}

describe('locks, where the platform has them', () => {
  test('tell a tab that destroys from one that opens: SYNC_STORE_LOCKED, and nothing is left behind', async () => {
    const locks = sharedLocks()
    const name = freshName()
    const spec = { namespace: NAMESPACE, durability: 'none', env: { ...platformEnv, locks } } as const
    const lock = databaseOf(name)
    await locks.hold(lock, () =>
      expect(smallStore({ name }).open(spec)).rejects.toMatchObject(code('SYNC_STORE_LOCKED')),
    )
    expect((await indexedDB.databases()).map((one) => one.name)).not.toContain(lock)
    const two = [await smallStore({ name }).open(spec), await smallStore({ name }).open(spec)] as const
    await two[0].close()
    await expect(locks.hold(lock, async () => 'alone')).rejects.toThrow(lock)
    await two[1].close()
    expect(await locks.hold(lock, async () => 'alone')).toBe('alone')
  })
})

describe('watch()', () => {
  test('is there only where tabs can tell each other', async () => {
    const { broadcast: _, ...mute } = platformEnv
    const open = await smallStore().open({ namespace: NAMESPACE, durability: 'none', env: mute })
    expect('watch' in open).toBe(false)
    expect(await open.commit([], 0)).toBe(1)
    await open.close()
  })

  test('passes on whole numbers only, whatever is said on the channel', async () => {
    let say: (message: never) => void = () => undefined
    const broadcast: NonNullable<Env['broadcast']> = (_, listener) => {
      say = listener
      return { post: () => undefined, close: () => undefined }
    }
    const open = await smallStore().open({
      namespace: NAMESPACE,
      durability: 'none',
      env: { ...platformEnv, broadcast },
    })
    const heads: number[] = []
    const end = (open as unknown as { watch(listener: (head: number) => void): () => void }).watch((head) =>
      heads.push(head),
    )
    for (const message of [null, 'x', { head: 1 }, 0.5, 7]) say(message as never)
    end()
    say(8 as never)
    expect(heads).toEqual([7])
    await open.close()
  })
})

describe('two stores of one name', () => {
  test('share, and two of different names do not', async () => {
    const name = freshName()
    const [a, b, c] = [
      await openOn(indexeddbStore({ name })),
      await openOn(indexeddbStore({ name })),
      await openOn(smallStore()),
    ]
    await a.commit([put('base', 'k', 1)], 0)
    expect((await heldBy(b)).values).toEqual({ 'base/k': 1 })
    expect((await heldBy(c)).values).toEqual({})
    for (const open of [a, b, c]) await open.close()
  })
})
