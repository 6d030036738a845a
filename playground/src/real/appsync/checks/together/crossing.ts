import { deepStrictEqual } from 'node:assert/strict'
import { noteFields } from '../../note.ts'
import { eventually } from '../../waiting.ts'
import { pagesIn } from '../../wire/operations.ts'
import { allHave, nobodyHas, type Scene } from './scene.ts'

/** A note of DataStore's, through its whole life. */
export async function fromAmazon(scene: Scene): Promise<void> {
  const { device } = scene.amazon
  const id = await device.create(noteFields('by DataStore'))
  await allHave(scene, { id, ...noteFields('by DataStore') }, 1)
  await device.change(id, { tags: ['a', 'b'], n: 2.5 })
  await allHave(scene, { id, ...noteFields('by DataStore'), tags: ['a', 'b'], n: 2.5 }, 2)
  await device.remove(id)
  await nobodyHas(scene, id, 3)
}

/** A note of ours, through its whole life. DataStore must not need to ask for it. */
export async function fromOurs(scene: Scene): Promise<void> {
  const { ours, amazon } = scene
  amazon.door.take()
  const id = await ours.device.create(noteFields('by Rowkeep'))
  await allHave(scene, { id, ...noteFields('by Rowkeep') }, 1)
  await ours.device.change(id, { done: true, title: 'by Rowkeep still' })
  await allHave(scene, { id, ...noteFields('by Rowkeep still'), done: true }, 2)
  await ours.device.remove(id)
  await nobodyHas(scene, id, 3)
  deepStrictEqual(pagesIn(amazon.door.take()), [])
}

/** Both change a note, each while it was away from what the other did. */
export async function inTurn(scene: Scene): Promise<void> {
  const { ours, amazon } = scene
  const id = await amazon.device.create(noteFields('in turn'))
  await allHave(scene, { id, ...noteFields('in turn') }, 1)
  await ours.device.change(id, { n: 2 })
  await allHave(scene, { id, ...noteFields('in turn'), n: 2 }, 2)
  await amazon.device.change(id, { done: true })
  await allHave(scene, { id, ...noteFields('in turn'), n: 2, done: true }, 3)
  await eventually(() => ours.device.outcome(id), 'applied 3')
}
