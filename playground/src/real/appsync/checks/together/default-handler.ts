import { deepStrictEqual } from 'node:assert/strict'
import type { Findings } from '../../../judge.ts'
import { noteFields } from '../../note.ts'
import { Stage } from '../../stage.ts'
import { eventually } from '../../waiting.ts'
import { inputOf, mutationsIn } from '../../wire/operations.ts'
import { check } from '../check.ts'
import { openScene, type Scene, sharedNote, titleOf } from './scene.ts'

/** An update of DataStore meets one of ours whose answer is lost; its handler decides. */
async function collide({ stage, ours, amazon }: Scene, id: string): Promise<void> {
  ours.door.loseAnswers('updateNote')
  amazon.door.take()
  amazon.door.interrupt('updateNote', async () => {
    await ours.device.change(id, { title: 'of Rowkeep' })
    await eventually(() => stage.row(id), { version: 2, deleted: false, fields: noteFields('of Rowkeep') })
  })
  await amazon.device.change(id, { done: true })
  await eventually(() => stage.row(id), { version: 3, deleted: false, fields: { done: true } })
  deepStrictEqual(mutationsIn(amazon.door.take()).map(inputOf), [
    { id, done: true, _version: 1 },
    { id, done: true, title: null, n: null, tags: null, _m: null, _version: 2 },
  ])
}

async function comesThrough(scene: Scene): Promise<void> {
  const { stage, ours, amazon } = scene
  const id = await sharedNote(scene, 'wiped')
  await collide(scene, id)
  ours.door.loseAnswers(undefined)
  await ours.device.sync()
  await eventually(() => stage.row(id), { version: 4, deleted: false, fields: { title: 'of Rowkeep', done: true } })
  await eventually(() => titleOf(amazon, id), 'of Rowkeep')
  await eventually(() => titleOf(ours, id), 'of Rowkeep')
}

/** DataStore where the app gives no conflict handler: its own writes null to all that an update did not change, the marker too. */
export async function hearDefaultHandler(findings: Findings, folder: string): Promise<void> {
  const stage = new Stage(folder)
  try {
    await check(
      findings,
      'an update of ours comes through where DataStore wiped out both it and its marker',
      async () => {
        await comesThrough(await openScene(stage, 'own'))
        findings.differs(
          'DataStore without a conflictHandler writes null to all fields that its update did not change, _m among them',
          'its own handler takes the input of the mutation for the note; ours then meets a conflict, and sets its field again',
        )
      },
    )
  } finally {
    await stage.clear()
  }
}
