import type { SharedPlugin } from '@rowkeep/kernel'
import { expect } from 'vitest'
import { expectAll } from '../world/oracles.ts'
import { settle } from '../world/stage.ts'
import { everyStatus, expectAccounted, inTurn, offline, scene, type Theme } from './scene.ts'

/** Requests of one try: Amplify's client sends a mutation up to three times by itself, which its marker makes one effect. */
const perTry: Readonly<Record<string, number>> = { appsync: 3 }

const outage = Array.from({ length: 1000 }, () => ({ kind: 'status', status: 503 }) as const)

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

  let tries = 0
  const counting: SharedPlugin = {
    name: 'counting',
    middleware: {
      push: (_, next) => {
        tries += 1
        return next()
      },
    },
  }
  scene(
    'T1: an outage is met with one try at a time, and no client of a vendor adds its own [F34]',
    kind,
    async (stage) => {
      const { device, diary, network } = stage
      await offline(device, () => diary.edit('r1'))
      tries = 0
      network.plan({ column: 'push', skip: 0, times: 1000, strike: inTurn(...outage) })
      device.clock.setOnline(true)
      await device.until(() => tries >= 10, 'ten tries')
      await device.calm()
      expect(network.struck()).toBeGreaterThanOrEqual(10)
      expect(network.struck()).toBeLessThanOrEqual(tries * (perTry[kind.name] ?? 1))
      await network.heal()
      await settle(stage)
      await expectAll(stage, ['r1', 'r2', 'r3'])
    },
    { client: { use: [counting] } },
  )
}
