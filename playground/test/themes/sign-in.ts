import { expect } from 'vitest'
import { expectAll } from '../world/oracles.ts'
import { settle } from '../world/stage.ts'
import { inTurn, offline, scene, type Theme } from './scene.ts'

const refused = Array.from({ length: 100 }, () => ({ kind: 'status', status: 401 }) as const)

/** A sign-in that has run out is taken for the end of the writes. */
export const signIn: Theme = (kind) => {
  scene('T8: writes wait while the sign-in has run out, and go on after it was renewed', kind, async (stage) => {
    const { device, diary, network } = stage
    await offline(device, async () => {
      await diary.create('c1')
      await diary.edit('r1')
    })
    network.plan({ column: 'push', skip: 0, times: 100, strike: inTurn(...refused) })
    device.clock.setOnline(true)
    await device.until(() => device.status().state === 'authRequired', 'the refusal')
    expect(device.status()).toMatchObject({ pending: 2, writes: { accepted: 2, applied: 0 } })
    // Signed out is signed out: neither time nor another write sends anything.
    const begun = device.calls.begun()
    await diary.edit('r3')
    for (let timers = 0; timers < 20 && device.clock.next(); timers += 1) await device.calm()
    expect(device.calls.begun()).toBe(begun)
    expect(device.status()).toMatchObject({ state: 'authRequired', pending: 3 })
    await network.heal()
    await device.client.start()
    await settle(stage)
    expect(device.status().writes).toMatchObject({ accepted: 3, applied: 3 })
    await expectAll(stage, ['c1', 'r1', 'r2', 'r3'])
  })
}
