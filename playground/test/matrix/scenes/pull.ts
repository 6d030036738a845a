import { expectAll } from '../../world/oracles.ts'
import { isInStep, type Stage, settle } from '../../world/stage.ts'
import { begin, endure, heal, type Weather } from './weather.ts'

/**
 * What somebody else wrote, more than a page of it, meets the fault while a device reads it; more is written while the fault
 * lasts, and by the device too.
 */
export async function pullScene(stage: Stage, weather: Weather): Promise<void> {
  const { device, diary } = stage
  for (const id of ['r1', 'r2', 'r3', 'r4']) await stage.write({ id, title: id, n: 1 })
  await device.client.start()
  await settle(stage)

  const others = weather.others ?? ((_, work) => work())
  await others(stage, async () => {
    for (const id of ['f1', 'f2', 'f3', 'f4', 'f5', 'f6']) await stage.write({ id, title: id, n: 1 })
    await stage.write({ id: 'r1', title: 'r1 once', n: 2 })
    await stage.remove('r2')
    await stage.write({ id: 'r1', title: 'r1 twice', n: 3 })
  })
  begin(stage, weather)
  const asked = device.client.synchronize().catch(() => undefined)
  if (weather.plan) await device.until(() => stage.network.struck() > 0, 'the fault')
  await diary.create('c1')
  await diary.edit('r3')
  await stage.write({ id: 'f7', title: 'f7', n: 1 })
  await stage.remove('f2')
  await endure(stage, weather, () => isInStep(stage))
  await heal(stage, weather)
  await device.until(() => isInStep(stage), 'the rows of the backend on the device')
  await asked
  await settle(stage)
  await expectAll(stage, ['c1', 'f1', 'f3', 'f4', 'f5', 'f6', 'f7', 'r1', 'r3', 'r4'])
}
