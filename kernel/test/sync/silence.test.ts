import { describe, expect, it } from 'vitest'
import type { LiveRemote, RemoteAdapter } from '../../src/index.ts'
import { type Device, device } from '../support/device.ts'
import { TestServer } from '../support/server.ts'

const minute = 60_000

interface Scene extends Device {
  readonly server: TestServer
  /** How often the device subscribed. */
  subscriptions(): number
  /** Somebody else's write, told to nobody, and the pull that finds it. */
  untold(): Promise<void>
  /** What the device told of channels that are silent. */
  silent(): number
}

async function started(
  change: (remote: RemoteAdapter & LiveRemote) => Partial<LiveRemote> = () => ({}),
): Promise<Scene> {
  const server = new TestServer()
  let [subscriptions, writes] = [0, 0]
  const inner = server.adapter()
  const { subscribe } = { ...inner, ...change(inner) }
  const remote: RemoteAdapter & LiveRemote = {
    ...inner,
    subscribe: (...given) => {
      subscriptions += 1
      return subscribe(...given)
    },
  }
  const one = device(server, { remote, pullIntervalMs: minute })
  await one.client.start()
  await one.env.advance(5000)
  return {
    ...one,
    server,
    subscriptions: () => subscriptions,
    untold: async () => {
      writes += 1
      server.write('tasks', `w${writes}`, { id: `w${writes}`, title: 'w' })
      await one.env.advance(1.2 * minute)
      expect(await one.tasks.read(`w${writes}`)).toBeDefined()
    },
    silent: () =>
      one.heard('sync:failed').filter((event) => `${(event as { error: Error }).error}`.includes('silent')).length,
  }
}

describe('a live channel that is up and tells nothing of what pulls bring', () => {
  it('is subscribed anew after three such pulls, and observers are told [F77]', async () => {
    const one = await started()
    await one.untold()
    await one.untold()
    expect([one.subscriptions(), one.silent()]).toEqual([1, 0])
    await one.untold()
    await one.untold()
    expect([one.subscriptions(), one.silent(), one.server.subscribers]).toEqual([2, 1, 1])
    expect(one.heard('sync:failed')).toMatchObject([{ error: { code: 'SYNC_NETWORK' }, retryInMs: 0 }])
    expect(one.status().state).toBe('synced')
  })

  it('is left to the timer where that does not help, told once, and pulled no more often for it [F77]', async () => {
    const one = await started()
    const { length } = one.server.pulls
    for (let n = 0; n < 20; n += 1) await one.untold()
    expect([one.subscriptions(), one.silent()]).toEqual([2, 1])
    // One for each interval, and what follows the new subscription: at once, and after settleMs.
    expect(one.server.pulls.length - length).toBeLessThan(30)
  })

  it('is believed again once it tells something', async () => {
    const one = await started()
    for (let n = 0; n < 5; n += 1) await one.untold()
    one.server.tell({ kind: 'poke' })
    await one.env.advance(0)
    for (let n = 0; n < 5; n += 1) await one.untold()
    expect([one.subscriptions(), one.silent()]).toEqual([3, 2])
  })

  it('is not silent while what it told came in between', async () => {
    const one = await started()
    for (let n = 0; n < 9; n += 1) {
      await one.untold()
      await one.untold()
      one.server.tell({ kind: 'poke' })
      await one.env.advance(0)
    }
    expect([one.subscriptions(), one.silent()]).toEqual([1, 0])
  })

  it('is not silent where pulls bring only what this device wrote, or nothing', async () => {
    const one = await started()
    for (let n = 0; n < 5; n += 1) {
      await one.tasks.create({ id: `mine${n}`, title: 'mine' })
      await one.env.advance(2 * minute)
    }
    expect([one.subscriptions(), one.silent()]).toEqual([1, 0])
  })

  it('is not silent while it is down: then it is waited for as long as the server asks', async () => {
    const one = await started()
    one.server.tell({ kind: 'down', error: { code: 'SYNC_RATE_LIMITED', retryAfterMs: 20 * minute } })
    for (let n = 0; n < 6; n += 1) await one.untold()
    expect([one.subscriptions(), one.silent(), one.server.subscribers]).toEqual([1, 0, 0])
  })

  it('is not silent where it never came up', async () => {
    const one = await started(() => ({ subscribe: () => () => {} }))
    for (let n = 0; n < 6; n += 1) await one.untold()
    expect([one.subscriptions(), one.silent()]).toEqual([1, 0])
  })

  it('is not taken for silent by stopping', async () => {
    const one = await started()
    for (let n = 0; n < 3; n += 1) await one.untold()
    await one.client.stop()
    expect(one.silent()).toBe(0)
    expect(one.server.subscribers).toBe(0)
  })
})
