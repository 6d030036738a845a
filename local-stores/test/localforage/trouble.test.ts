import { type Env, type Json, type LocalStore, type StoreEntry, SyncError } from '@rowkeep/kernel'
import localforage from 'localforage'
import { describe, expect, test, vi } from 'vitest'
import { type KeyValues, type LocalforageStoreOptions, localforageStore } from '../../src/localforage/index.ts'
import { heldIn, keyValuesOn, openOn, patientEnv, put, type Step, storeOn, tabEnv, until } from './stand-ins.ts'

const floorKey = 'rowkeep/u-ada/floor'

describe('a database that goes while it is open', () => {
  test('is told, never written on: SYNC_STORE_BROKEN for every call until it is opened again', async () => {
    const map = new Map<string, unknown>()
    const instance = keyValuesOn(map)
    const store = await openOn(storeOn(instance))
    await store.commit([put('a', 1)], 0)
    map.clear()
    await expect(store.commit([put('b', 1)], 1)).rejects.toMatchObject({ code: 'SYNC_STORE_BROKEN' })
    expect(map.size).toBe(0)
    await expect(heldIn(store)).rejects.toMatchObject({ code: 'SYNC_STORE_BROKEN' })
    await expect(store.commit([], 0)).rejects.toMatchObject({ code: 'SYNC_STORE_BROKEN' })
    await store.close()
    expect(await heldIn(await openOn(storeOn(instance)))).toMatchObject({ head: 0 })
  })

  test('and that another tab has made anew meanwhile is not taken for the old one, whatever its numbers', async () => {
    const map = new Map<string, unknown>()
    const instance = keyValuesOn(map)
    const old = await openOn(storeOn(instance))
    await old.commit([put('a', 1)], 0)
    map.clear()
    const other = await openOn(storeOn(instance))
    await other.commit([put('b', 1)], 0)
    await expect(old.commit([put('c', 1)], 1)).rejects.toMatchObject({ code: 'SYNC_STORE_BROKEN' })
    expect([...(await heldIn(other)).values]).toEqual([['base/b', 1]])
  })

  test('while it is folded leaves nothing of the old one in the new one', async () => {
    const map = new Map<string, unknown>()
    let steps = 0
    let gone = false
    const step: Step = async (operation, key) => {
      steps += 1
      if (gone || operation !== 'put' || !key.includes('/p/')) return
      gone = true
      map.clear()
      await openOn(storeOn(keyValuesOn(map)))
    }
    const store = await openOn(storeOn(keyValuesOn(map, step), { compactAfterCommits: 2 }))
    for (let n = 0; n < 2; n += 1) await store.commit([put(`k${n}`, 'x'.repeat(80))], n)
    await until(() => steps)
    expect(gone).toBe(true)
    expect(await heldIn(await openOn(storeOn(keyValuesOn(map))))).toMatchObject({
      head: 0,
      values: new Map(),
      broken: new Map(),
    })
  })
})

describe('a write that the platform says has failed', () => {
  /** The next write of a commit ends so. */
  function failing(how: 'before' | 'after', thrown: unknown): { readonly step: Step; readonly arm: () => void } {
    let armed = false
    const step: Step = async (operation, key, when) => {
      if (!armed || operation !== 'put' || !key.includes('/c/') || when !== how) return
      armed = false
      throw thrown
    }
    return {
      step,
      arm: () => {
        armed = true
      },
    }
  }

  test.each([
    ['an error', new Error('no'), 'SYNC_STORE_FAILED'],
    ['nothing at all', null, 'SYNC_STORE_FAILED'],
    ['the quota of the DOM', new DOMException('', 'QuotaExceededError'), 'SYNC_STORE_FULL'],
    ['the quota of Firefox', { name: 'NS_ERROR_DOM_QUOTA_REACHED' }, 'SYNC_STORE_FULL'],
    ['the quota of Web SQL', { code: 4, message: 'full' }, 'SYNC_STORE_FULL'],
    ['a value it cannot clone', new DOMException('', 'DataCloneError'), 'SYNC_STORE_FAILED'],
  ])('with %s, and has had no effect, is refused by type; the number is free again', async (_, thrown, code) => {
    const { step, arm } = failing('before', thrown)
    const store = await openOn(storeOn(keyValuesOn(new Map(), step)))
    arm()
    const refused = await store.commit([put('a', 1)], 0).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code, message: expect.not.stringContaining('undefined') })
    expect((await heldIn(store)).head).toBe(0)
    expect(await store.commit([put('a', 2)], 0)).toBe(1)
  })

  test('but has had its effect counts as done: its number is not given twice', async () => {
    const { step, arm } = failing('after', new Error('connection lost'))
    const store = await openOn(storeOn(keyValuesOn(new Map(), step)))
    arm()
    expect(await store.commit([put('a', 1)], 0)).toBe(1)
    expect((await heldIn(store)).values.get('base/a')).toBe(1)
  })

  test('and cannot be looked at is SYNC_STORE_BROKEN, and so is every later call', async () => {
    let dead = false
    const step: Step = async (operation, key, when) => {
      if (operation === 'put' && key.includes('/c/') && when === 'after') dead = true
      if (dead) throw new Error('connection lost')
    }
    const map = new Map<string, unknown>()
    const store = await openOn(storeOn(keyValuesOn(map, step)))
    await expect(store.commit([put('a', 1)], 0)).rejects.toMatchObject({ code: 'SYNC_STORE_BROKEN' })
    dead = false
    await expect(store.commit([put('a', 1)], 0)).rejects.toMatchObject({ code: 'SYNC_STORE_BROKEN' })
    expect((await heldIn(await openOn(storeOn(keyValuesOn(map))))).head).toBe(1)
  })

  test('a fold that fails at any of its writes leaves everything as it was, and the next one goes on', async () => {
    let failures = 0
    const map = new Map<string, unknown>()
    const step: Step = async (operation, key, when) => {
      if (operation !== 'put' || when === 'after' || key.includes('/c/') || key === floorKey) return
      failures += 1
      if (failures < 4) throw new Error('no')
    }
    const store = await openOn(storeOn(keyValuesOn(map, step), { compactAfterCommits: 3 }))
    for (let n = 0; n < 20; n += 1) {
      await store.commit([put(`k${n}`, 'x'.repeat(50))], n)
      await until(() => failures)
    }
    expect(failures).toBeGreaterThan(4)
    expect((await heldIn(store)).values.size).toBe(20)
    expect([...map.keys()].filter((key) => key.includes('/c/')).length).toBeLessThan(6)
  })
})

describe('a platform that does not answer', () => {
  /** Time passes when the test says so. */
  function slowEnv(): { readonly env: Env; readonly pass: (ms: number) => void } {
    const timers = new Set<{ readonly ms: number; readonly run: () => void }>()
    const env: Env = {
      ...tabEnv,
      setTimer: (ms, run) => {
        if (ms < 1_000) return patientEnv.setTimer(ms, run)
        const timer = { ms, run }
        timers.add(timer)
        return () => timers.delete(timer)
      },
    }
    return {
      env,
      pass: (ms) => {
        for (const timer of timers) if (timer.ms <= ms) timer.run()
      },
    }
  }

  test('at open: SYNC_STORE_BLOCKED, and what opens too late holds nothing', async () => {
    const { env, pass } = slowEnv()
    const map = new Map<string, unknown>()
    let answer = (): void => {}
    const ready = new Promise<void>((resolve) => {
      answer = resolve
    })
    const instance = { ...keyValuesOn(map), ready: () => ready }
    const store = storeOn(instance)
    const opening = openOn(store, env)
    pass(5_000)
    await expect(opening).rejects.toMatchObject({ code: 'SYNC_STORE_BLOCKED' })
    answer()
    await until(() => map.size)
    await expect(store.destroy('u-ada')).resolves.toBeUndefined()
  })

  test('to a write: SYNC_STORE_BROKEN, and nobody else gets its number as long as it is under way', async () => {
    const { env, pass } = slowEnv()
    const map = new Map<string, unknown>()
    let go = (): void => {}
    let steps = 0
    const step: Step = async (operation, key, when) => {
      steps += 1
      if (operation !== 'put' || !key.includes('/c/') || when === 'after') return
      await new Promise<void>((resolve) => {
        go = resolve
      })
    }
    const name = crypto.randomUUID()
    const slow = await openOn(storeOn(keyValuesOn(map, step, name)), env)
    const other = await openOn(storeOn(keyValuesOn(map, undefined, name)))
    const committing = slow.commit([put('slow', 1)], 0)
    await until(() => steps)
    pass(30_000)
    await expect(committing).rejects.toMatchObject({ code: 'SYNC_STORE_BROKEN' })
    const competing = other.commit([put('other', 1)], 0)
    // Time enough to be first, if the lock did not keep it waiting.
    await until(() => steps)
    go()
    await expect(competing).rejects.toMatchObject({ code: 'SYNC_STORE_STALE' })
    expect([...(await heldIn(other)).values]).toEqual([['base/slow', 1]])
  })

  test('while a lock is waited for: SYNC_STORE_FAILED, and no effect, also later', async () => {
    const { env, pass } = slowEnv()
    const map = new Map<string, unknown>()
    const instance = keyValuesOn(map)
    const store = await openOn(storeOn(instance), env)
    let go = (): void => {}
    const held = tabEnv.locks?.hold(
      `rowkeep/${instance.config().name}/entries/u-ada/commit`,
      () =>
        new Promise<void>((resolve) => {
          go = resolve
        }),
    )
    const committing = store.commit([put('a', 1)], 0)
    pass(30_000)
    await expect(committing).rejects.toMatchObject({ code: 'SYNC_STORE_FAILED' })
    go()
    await held
    await until(() => map.size)
    expect(await heldIn(store)).toMatchObject({ head: 0 })
  })

  test('to a read: SYNC_STORE_FAILED', async () => {
    const { env, pass } = slowEnv()
    let hangs = false
    const step: Step = (operation) => (hangs && operation === 'keys' ? new Promise(() => {}) : Promise.resolve())
    const store = await openOn(storeOn(keyValuesOn(new Map(), step)), env)
    hangs = true
    const loading = heldIn(store)
    await until(() => 0)
    pass(20_000)
    await expect(loading).rejects.toMatchObject({ code: 'SYNC_STORE_FAILED' })
  })
})

describe('where it may run', () => {
  const { locks: _, ...lockless } = patientEnv

  test('no storage at all is SYNC_STORE_UNAVAILABLE, for open, destroy and driver', async () => {
    // The process of this test has no IndexedDB, like a page in which storage is blocked.
    const store = localforageStore({ name: 'nowhere', tabs: 'one' })
    const code = 'SYNC_STORE_UNAVAILABLE'
    await expect(openOn(store)).rejects.toMatchObject({ code })
    await expect(store.destroy('u-ada')).rejects.toMatchObject({ code })
    await expect(store.driver()).rejects.toMatchObject({ code })
  })

  test('without Web Locks tabs cannot share: SYNC_STORE_UNAVAILABLE, which names the way out', async () => {
    const map = new Map<string, unknown>()
    const opening = openOn(storeOn(keyValuesOn(map)), lockless)
    await expect(opening).rejects.toMatchObject({
      code: 'SYNC_STORE_UNAVAILABLE',
      message: expect.stringContaining('"tabs" to "one"'),
    })
    expect(map.size).toBe(0)
  })

  test('in one tab it needs no locks, and a second open in the page is refused until the first is closed', async () => {
    const store = storeOn(keyValuesOn(new Map()), { tabs: 'one' })
    expect(store.capabilities.writers).toBe('one')
    const first = await openOn(store, lockless)
    await first.commit([put('a', 1)], 0)
    await expect(openOn(store, lockless)).rejects.toMatchObject({ code: 'SYNC_STORE_LOCKED' })
    await first.close()
    expect((await heldIn(await openOn(store, lockless))).values.get('base/a')).toBe(1)
  })

  test('a page that may not use locks is told so', async () => {
    const hold = async (): Promise<never> => {
      throw new DOMException('opaque origin', 'SecurityError')
    }
    const opening = openOn(storeOn(keyValuesOn(new Map())), { ...patientEnv, locks: { hold } })
    await expect(opening).rejects.toMatchObject({ code: 'SYNC_STORE_UNAVAILABLE' })
  })

  test('localStorage cannot be shared by tabs: SYNC_CONFIG_INVALID', async () => {
    const instance = { ...keyValuesOn(new Map()), driver: () => 'localStorageWrapper' }
    await expect(openOn(storeOn(instance))).rejects.toMatchObject({ code: 'SYNC_CONFIG_INVALID' })
    await expect(openOn(storeOn(instance, { tabs: 'one' }))).resolves.toBeDefined()
  })

  test('an open namespace is not destroyed by another tab; half a removal is finished by the next open', async () => {
    const map = new Map<string, unknown>()
    const name = crypto.randomUUID()
    const store = await openOn(storeOn(keyValuesOn(map, undefined, name)))
    for (let n = 0; n < 3; n += 1) await store.commit([put(`k${n}`, n)], n)
    const other = storeOn(keyValuesOn(map, undefined, name))
    await expect(other.destroy('u-ada')).rejects.toMatchObject({ code: 'SYNC_STORE_LOCKED' })
    await store.close()
    for (let at = 1; at < 40; at += 1) {
      const copy = new Map(map)
      let steps = 0
      const step: Step = async () => {
        steps += 1
        if (steps >= at) throw new Error('gone')
      }
      await storeOn(keyValuesOn(copy, step))
        .destroy('u-ada')
        .catch(() => undefined)
      const { head, values, broken } = await heldIn(await openOn(storeOn(keyValuesOn(copy))))
      expect([broken.size, [0, 3].includes(head), values.size === head], `cut off at ${at}`).toEqual([0, true, true])
      if (steps < at) break
    }
  })
})

describe('input', () => {
  const store = (options: object): LocalStore => localforageStore(options as LocalforageStoreOptions)

  test.each<[string, object]>([
    ['an unknown option', { nmae: 'x' }],
    ['a name that is no text', { name: 7 }],
    ['an empty name', { name: '' }],
    ['a driver that is no name', { driver: [{}] }],
    ['no driver', { driver: [] }],
    ['an instance that is none', { instance: { getItem: () => 1 } }],
    ['an instance beside a name', { instance: localforage, name: 'x' }],
    ['a count that is none', { compactAfterCommits: 0 }],
    ['a reserve below nothing', { reserveCharacters: -1 }],
    ['tabs by another word', { tabs: 'two' }],
    ['a durability that is never granted', { durability: 'strict' }],
  ])('%s is refused with SYNC_CONFIG_INVALID at the call', (_, options) => {
    expect(() => store(options)).toThrow(expect.objectContaining({ code: 'SYNC_CONFIG_INVALID' }))
  })

  test.each(['', 'A', 'a/b', '../x', '__proto__ ', 'é', 'x'.repeat(65), 7, null])(
    'the namespace %j is refused with SYNC_INPUT_INVALID',
    async (namespace) => {
      const map = new Map<string, unknown>()
      const hostile = storeOn(keyValuesOn(map))
      const spec = { namespace: namespace as string, durability: 'none', env: patientEnv } as const
      await expect(hostile.open(spec)).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
      await expect(hostile.destroy(namespace as string)).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
      expect(map.size).toBe(0)
    },
  )

  test('hostile entries are refused by type and leave nothing behind', async () => {
    const map = new Map<string, unknown>()
    const open = await openOn(storeOn(keyValuesOn(map)))
    const throwing = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('trap')
        },
      },
    )
    const entries: readonly unknown[] = [
      { table: 'other', key: 'a', value: 1 },
      { table: 'base', key: '', value: 1 },
      { table: 'base', key: 'a\nb', value: 1 },
      { table: 'base', key: 'é', value: 1 },
      { table: 'base', key: 7, value: 1 },
      { table: 'base', key: 'a', value: throwing },
      { table: 'base', key: 'a', value: Number.NaN },
      { table: 'base', key: 'a', value: () => 1 },
    ]
    for (const entry of entries) {
      await expect(open.commit([put('fine', 1), entry as StoreEntry], 0)).rejects.toBeInstanceOf(SyncError)
    }
    expect([...map.keys()]).toEqual([floorKey])
  })

  test.each([-1, 0.5, 2, Number.NaN, Number.POSITIVE_INFINITY, '0', null])(
    'after %s is not the newest: SYNC_STORE_STALE',
    async (after) => {
      const map = new Map<string, unknown>()
      const open = await openOn(storeOn(keyValuesOn(map)))
      await open.commit([put('a', 1)], 0)
      await expect(open.commit([put('b', 1)], after as number)).rejects.toMatchObject({ code: 'SYNC_STORE_STALE' })
      expect((await heldIn(open)).values.size).toBe(1)
    },
  )

  test('text that looks like the format, and names of any kind, come back', async () => {
    const open = await openOn(storeOn(keyValuesOn(new Map()), { compactAfterCommits: 1 }))
    const values: readonly Json[] = [
      '["op","x",1]',
      '\n["base","k0"]\n',
      '\u2028\ud800',
      { ['__proto__']: 1 },
      '"',
      '\\',
    ]
    for (const [n, value] of values.entries()) await open.commit([put(`["op","k"],${n}\\"`, value)], n)
    await vi.waitFor(async () => expect([...(await heldIn(open)).values.values()]).toEqual(values))
  })

  test('an own instance is used as it is; its other keys stay', async () => {
    const map = new Map<string, unknown>([
      ['own', 'thing'],
      ['rowkeep/u-adams/floor', 'x'],
    ])
    const instance: KeyValues = keyValuesOn(map)
    const own = storeOn(instance)
    expect(await own.driver()).toBe('a map')
    const open = await openOn(own)
    await open.commit([put('a', 1)], 0)
    await open.close()
    await own.destroy('u-ada')
    expect([...map]).toEqual([
      ['own', 'thing'],
      ['rowkeep/u-adams/floor', 'x'],
    ])
  })
})
