import { type LocalStore, type OpenStore, platformEnv } from '@rowkeep/kernel'
import { describe, expect, test } from 'vitest'
import { fileMedium, localforageMedium, type Medium, type When } from '../src/testing/index.ts'
import { heldIn, put, until } from './localforage/stand-ins.ts'

const open = (store: LocalStore): Promise<OpenStore> =>
  store.open({ namespace: 'u-ada', durability: 'none', env: platformEnv })

describe.each<readonly [string, () => Medium]>([
  ['fileMedium', () => fileMedium({ compactAfterBytes: 200, reserveBytes: 64 })],
  ['localforageMedium', () => localforageMedium({ tabs: 'one', compactAfterCommits: 2, partCharacters: 60 })],
])('a process on a %s', (_, mediumOf) => {
  /** Commits until it is stopped at its step `at`; how many commits were told, and whether it was stopped. */
  async function lived(medium: Medium, at: number): Promise<{ told: number; stopped: boolean }> {
    let steps = 0
    let told = 0
    const process = medium.start({
      step: async () => {
        steps += 1
        if (steps === at) process.end()
      },
    })
    const work = async (): Promise<void> => {
      const store = await open(process.store)
      for (let n = 0; n < 6; n += 1) {
        await store.commit([put('n', n), put(`k${n}`, n)], n)
        told = n + 1
      }
    }
    void work()
    await until(() => steps)
    process.end()
    return { told, stopped: steps >= at }
  }

  test('can be stopped at any step: what was told is there, and the next process goes on', async () => {
    let at = 1
    for (; ; at += 1) {
      const medium = mediumOf()
      const { told, stopped } = await lived(medium, at)
      const next = await open(medium.start().store)
      const { head, values } = await heldIn(next)
      expect([told, told + 1], `stopped at step ${at}`).toContain(head)
      expect(values.get('base/n'), `stopped at step ${at}`).toBe(head === 0 ? undefined : head - 1)
      expect(await next.commit([put('n', 'more')], head)).toBe(head + 1)
      await next.close()
      if (!stopped) break
    }
    expect(at).toBeGreaterThan(20)
  })

  test('keeps others out until it has ended', async () => {
    const medium = mediumOf()
    const first = medium.start()
    await open(first.store)
    await expect(open(medium.start().store)).rejects.toMatchObject({ code: 'SYNC_STORE_LOCKED' })
    first.end()
    await open(medium.start().store)
  }, 10_000)

  test('meets the error of a step as the error of the platform', async () => {
    const medium = mediumOf()
    let fails = false
    const process = medium.start({
      step: async (what, when) => {
        if (fails && when === 'before' && /write|put/.test(what)) throw new Error('no')
      },
    })
    const store = await open(process.store)
    fails = true
    await expect(store.commit([put('n', 1)], 0)).rejects.toMatchObject({ code: 'SYNC_STORE_FAILED' })
    fails = false
    expect(await store.commit([put('n', 1)], 0)).toBe(1)
  })

  test('has nothing to do with a copy of the medium', async () => {
    const medium = mediumOf()
    const store = await open(medium.start().store)
    await store.commit([put('n', 1)], 0)
    const copy = await open(medium.copy().start().store)
    expect((await heldIn(copy)).values).toEqual(new Map([['base/n', 1]]))
    await copy.commit([put('n', 2)], 1)
    expect((await heldIn(store)).values).toEqual(new Map([['base/n', 1]]))
  })
})

test.each(['synced', 'half'] as const)('a power failure leaves of a disk what was %s', async (keeps) => {
  const medium = fileMedium({ fsync: 'never' })
  const seen = new Set<When>()
  const process = medium.start({ step: async (_, when) => void seen.add(when) })
  const store = await open(process.store)
  await store.commit([put('n', 1)], 0)
  medium.losePower(keeps)
  const next = await open(medium.start().store)
  expect((await heldIn(next)).head).toBe(0)
  expect([...seen].sort()).toEqual(['after', 'before', 'read', 'within'])
})

test('a power failure takes nothing from a disk that was told to sync', async () => {
  const medium = fileMedium()
  const store = await open(medium.start().store)
  await store.commit([put('n', 1)], 0)
  medium.losePower('synced')
  expect((await heldIn(await open(medium.start().store))).head).toBe(1)
})
