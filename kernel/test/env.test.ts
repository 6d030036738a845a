import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Env, platformEnv } from '../src/index.ts'

it('waits for a delay that is longer than the platform can count, instead of none at all', () => {
  vi.useFakeTimers()
  try {
    const run = vi.fn()
    const cancels = [Number.POSITIVE_INFINITY, 2 ** 40].map((ms) => platformEnv.setTimer(ms, run))
    vi.advanceTimersByTime(24 * 3_600_000)
    expect(run).not.toHaveBeenCalled()
    for (const cancel of cancels) cancel()
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})

describe('between tabs', () => {
  /** The environment of a platform that has these locks. */
  async function envWith(locks: Pick<LockManager, 'request'> | undefined): Promise<Env> {
    vi.resetModules()
    vi.stubGlobal('navigator', { locks })
    return (await import('../src/env/env.ts')).platformEnv
  }
  afterEach(() => vi.unstubAllGlobals())

  it('holds the locks of the platform: exclusively and waiting unless told otherwise', async () => {
    const request = vi.fn(async (_name: string, _options: LockOptions, run: (lock: object) => unknown) => run({}))
    const { locks } = await envWith({ request } as unknown as LockManager)
    expect(await locks?.hold('a', async () => 1)).toBe(1)
    expect(await locks?.hold('b', async () => 2, { wait: false, shared: true })).toBe(2)
    expect(request.mock.calls.map(([name, options]) => [name, options])).toEqual([
      ['a', { ifAvailable: false, mode: 'exclusive' }],
      ['b', { ifAvailable: true, mode: 'shared' }],
    ])
  })

  it('does not call the body where the lock is taken and nobody wants to wait', async () => {
    const request = async (_name: string, _options: LockOptions, run: (lock: null) => unknown) => run(null)
    const { locks } = await envWith({ request } as unknown as LockManager)
    const body = vi.fn(async () => 1)
    await expect(locks?.hold('a', body, { wait: false })).rejects.toThrow('a')
    expect(body).not.toHaveBeenCalled()
  })

  it('has no locks where the platform has none, as pages without TLS', async () => {
    expect('locks' in (await envWith(undefined))).toBe(false)
  })

  it('brings a message to the other channels of its name until they are closed', async () => {
    const heard: string[] = []
    const open = (name: string, who: string) =>
      platformEnv.broadcast?.(name, (message) => heard.push(`${who} ${JSON.stringify(message)}`))
    const [a, b, other] = [open('one', 'a'), open('one', 'b'), open('two', 'other')]
    a?.post({ head: 1 })
    await vi.waitFor(() => expect(heard).toEqual(['b {"head":1}']))
    b?.close()
    const c = open('one', 'c')
    a?.post(2)
    await vi.waitFor(() => expect(heard).toEqual(['b {"head":1}', 'c 2']))
    for (const channel of [a, c, other]) channel?.close()
  })
})
