import { deepStrictEqual } from 'node:assert/strict'
import { noteFields } from '../../note.ts'
import { eventually } from '../../waiting.ts'
import { asked } from '../../wire/operations.ts'
import { noteOfOthers, type Scene } from './scene.ts'

const titleOf = async ({ device }: Scene, id: string): Promise<string | undefined> =>
  (await device.notes()).find((note) => note.id === id)?.title

async function hearsOthers(scene: Scene): Promise<void> {
  const { stage, device, door } = scene
  door.takeTold()
  await noteOfOthers(scene, 'to hear of')
  await stage.double.write('notes', { id: 'to hear of', ...noteFields('heard of') })
  await eventually(() => titleOf(scene, 'to hear of'), 'heard of')
  deepStrictEqual(await device.version('to hear of'), 2)
  await stage.double.remove('notes', 'to hear of')
  await eventually(() => titleOf(scene, 'to hear of'), undefined)
  deepStrictEqual(door.takeTold(), ['onCreateNote', 'onUpdateNote', 'onDeleteNote'])
  deepStrictEqual(asked(door.take(), 'syncNotes'), [])
}

async function comesBack(scene: Scene): Promise<void> {
  const { stage, door } = scene
  door.dropSockets()
  await stage.double.write('notes', { id: 'missed', ...noteFields('missed') })
  await eventually(() => titleOf(scene, 'missed'), 'missed')
  const operations = door.take()
  deepStrictEqual(asked(operations, 'syncNotes').length > 0, true)
  await noteOfOthers(scene, 'after the break')
}

/** What others write, by subscription. */
export async function hearListening(scene: Scene): Promise<void> {
  await scene.check('hears of a create, an update and a deletion of others by subscription alone', () =>
    hearsOthers(scene),
  )
  await scene.check('subscribes anew after its socket broke, and syncs what it missed', () => comesBack(scene))
}
