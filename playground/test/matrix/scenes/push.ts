import { expectAll } from '../../world/oracles.ts'
import { type Stage, settle } from '../../world/stage.ts'
import { begin, endure, heal, type Weather } from './weather.ts'

/**
 * Writes of a device that was offline meet the fault in their middle, further ones come while it lasts, and more when it is
 * over; somebody else writes to the same records and to others.
 */
export async function pushScene(stage: Stage, weather: Weather): Promise<void> {
  const { device, diary, network } = stage
  for (const id of ['r1', 'r2', 'r3', 'r4']) await stage.write({ id, title: id, n: 1 })
  await device.client.start()
  await settle(stage)

  device.clock.setOnline(false)
  for (const id of ['c1', 'c2']) await diary.create(id)
  for (const id of ['r1', 'r3']) await diary.edit(id)
  await diary.remove('r2')
  await stage.write({ id: 'r3', title: 'r3', n: 7 })
  await stage.write({ id: 'f1', title: 'f1', n: 1 })
  begin(stage, weather)
  device.clock.setOnline(true)
  if (weather.plan) await device.until(() => network.struck() > 0, 'the fault')
  await diary.create('c3')
  await diary.edit('r1')
  await endure(stage, weather, () => device.status().pending === 0)
  await heal(stage, weather)
  await settle(stage)

  await diary.edit('c2')
  await diary.remove('c3')
  await stage.write({ id: 'f1', title: 'f1 again', n: 2 })
  await settle(stage)
  await device.client.synchronize()
  await settle(stage)
  await expectAll(stage, ['c1', 'c2', 'f1', 'r1', 'r3', 'r4'])
}
