import { expect } from 'vitest'
import { expectAll } from '../world/oracles.ts'
import { settle } from '../world/stage.ts'
import { everyStatus, expectAccounted, inTurn, offline, scene, type Theme } from './scene.ts'

const dozen = Array.from({ length: 12 }, () => ({ kind: 'drop' }) as const)

/** A queued write is lost in silence. */
export const lostWrites: Theme = (kind) => {
  scene('T1: no write is lost over a dozen failures and an expired sign-in', kind, async (stage) => {
    const { device, diary, network } = stage
    everyStatus(device, expectAccounted)
    await offline(device, async () => {
      await diary.create('c1')
      await diary.edit('r1')
      await diary.remove('r2')
    })
    const strike = inTurn(...dozen, { kind: 'status', status: 401 })
    network.plan({ column: 'push', skip: 0, times: 13, strike })
    device.clock.setOnline(true)
    await device.until(() => {
      const struck = network.struck()
      // Until the last failure every one of them is in sight.
      if (struck < 13) expect(device.status().pending, `after ${struck} failures`).toBe(3)
      return struck >= 13
    }, 'the thirteenth failure')
    await network.heal()
    await settle(stage)
    expect(device.status().writes).toMatchObject({ accepted: 3, applied: 3 })
    await expectAll(stage, ['c1', 'r1', 'r3'])
  })
}
