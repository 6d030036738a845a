import { deepStrictEqual } from 'node:assert/strict'
import { eventually } from '../../waiting.ts'
import { asked } from '../../wire/operations.ts'
import { nobodyHas, type Scene, sharedNote } from './scene.ts'

/** Ours deletes a note while an update of DataStore is on its way. */
export async function oursDeletes(scene: Scene): Promise<void> {
  const { ours, amazon } = scene
  const id = await sharedNote(scene, 'deleted by ours')
  await amazon.device.decideFor('server')
  amazon.door.take()
  amazon.door.interrupt('updateNote', async () => {
    await ours.device.remove(id)
    await eventually(() => ours.device.outcome(id), 'applied 2')
  })
  await amazon.device.change(id, { title: 'too late' })
  await eventually(() => asked(amazon.door.seen, 'getNote'), [{ id }])
  await nobodyHas(scene, id, 2)
  await amazon.device.decideFor('both')
}

/** DataStore deletes a note while an update of ours is on its way: a person has to decide, and until then it is deleted. */
export async function amazonDeletes(scene: Scene): Promise<void> {
  const { stage, ours, amazon } = scene
  const id = await sharedNote(scene, 'deleted by DataStore')
  ours.door.interrupt('updateNote', async () => {
    await amazon.device.remove(id)
    await eventually(() => stage.row(id)?.deleted, true)
  })
  await ours.device.change(id, { title: 'too late' })
  await eventually(() => ours.device.outcome(id), 'parked')
  deepStrictEqual([stage.row(id)?.deleted, stage.row(id)?.version], [true, 2])
}
