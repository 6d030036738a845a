import { deepStrictEqual, ok } from 'node:assert/strict'
import { noteFields } from '../../note.ts'
import { eventually } from '../../waiting.ts'
import { mutationsIn } from '../../wire/operations.ts'
import { allHave, type Scene, sharedNote } from './scene.ts'

/** Ours writes while an update of DataStore is on its way. */
export async function oursIsFirst(scene: Scene): Promise<void> {
  const { ours, amazon } = scene
  const id = await sharedNote(scene, 'ours first')
  const before = (await amazon.device.conflicts()).length
  amazon.door.interrupt('updateNote', async () => {
    await ours.device.change(id, { n: 7 })
    await eventually(() => ours.device.outcome(id), 'applied 2')
  })
  await amazon.device.change(id, { title: 'of DataStore' })
  await allHave(scene, { id, ...noteFields('of DataStore'), n: 7 }, 3)
  deepStrictEqual((await amazon.device.conflicts()).length, before + 1)
}

/** DataStore writes while an update of ours is on its way. */
export async function amazonIsFirst(scene: Scene): Promise<void> {
  const { ours, amazon } = scene
  const id = await sharedNote(scene, 'DataStore first')
  ours.door.interrupt('updateNote', async () => {
    await amazon.device.change(id, { n: 7 })
    await eventually(() => amazon.device.version(id), 2)
  })
  await ours.device.change(id, { title: 'of Rowkeep' })
  await allHave(scene, { id, ...noteFields('of Rowkeep'), n: 7 }, 3)
  await eventually(() => ours.device.outcome(id), 'applied 3')
}

/** Both change the same field. Whoever is second decides, and here both decide for themselves. */
export async function sameField(scene: Scene): Promise<void> {
  const { ours, amazon } = scene
  const id = await sharedNote(scene, 'same field')
  ours.door.interrupt('updateNote', async () => {
    await amazon.device.change(id, { title: 'of DataStore' })
    await eventually(() => amazon.device.version(id), 2)
  })
  await ours.device.change(id, { title: 'of Rowkeep' })
  await allHave(scene, { id, ...noteFields('of Rowkeep') }, 3)
  deepStrictEqual((await ours.device.conflicts()).at(-1), { id, fields: ['title'] })
}

/** The answer to an update of ours is lost, and DataStore writes the row before ours is sent again. */
export async function lostAnswer(scene: Scene): Promise<void> {
  const { stage, ours, amazon } = scene
  const id = await sharedNote(scene, 'lost')
  ours.door.take()
  const before = (await ours.device.conflicts()).length
  ours.door.loseAnswers('updateNote')
  await ours.device.change(id, { title: 'of Rowkeep' })
  await eventually(() => stage.row(id)?.fields['title'], 'of Rowkeep')
  await eventually(() => amazon.device.version(id), 2)
  await amazon.device.change(id, { title: 'of DataStore, later' })
  await eventually(() => stage.row(id)?.version, 3)
  ours.door.loseAnswers(undefined)
  await ours.device.sync()
  await allHave(scene, { id, ...noteFields('of DataStore, later') }, 3)
  deepStrictEqual((await ours.device.conflicts()).length, before)
  ok(mutationsIn(ours.door.take()).length > 1, 'our client sent it again')
}
