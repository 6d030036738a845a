import { deepStrictEqual } from 'node:assert/strict'
import { noteFields } from '../../note.ts'
import { eventually } from '../../waiting.ts'
import { mutationsOf, noteOfOthers, rowOf, type Scene } from './scene.ts'

async function creates(scene: Scene): Promise<void> {
  const { stage, device } = scene
  const id = await device.create(noteFields('mine'))
  await eventually(() => device.version(id), 1)
  deepStrictEqual(stage.row(id), rowOf('mine', 1))
  deepStrictEqual(mutationsOf(scene), [{ createNote: { id, ...noteFields('mine') } }])
}

async function updates(scene: Scene): Promise<void> {
  const { stage, device } = scene
  await noteOfOthers(scene, 'to update')
  await device.change('to update', { title: 'updated' })
  await eventually(() => device.version('to update'), 2)
  deepStrictEqual(stage.row('to update'), rowOf('updated', 2))
  deepStrictEqual(mutationsOf(scene), [{ updateNote: { id: 'to update', title: 'updated', _version: 1 } }])
}

async function deletes(scene: Scene): Promise<void> {
  const { stage, device } = scene
  await noteOfOthers(scene, 'to delete')
  await device.remove('to delete')
  await eventually(() => stage.row('to delete'), { ...rowOf('to delete', 2), deleted: true })
  deepStrictEqual(mutationsOf(scene), [{ deleteNote: { id: 'to delete', _version: 1 } }])
  await eventually(async () => (await device.notes()).some(({ id }) => id === 'to delete'), false)
}

async function isForbidden(scene: Scene): Promise<void> {
  const { stage, device } = scene
  await noteOfOthers(scene, 'forbidden')
  await stage.double.forbid('notes', 'forbidden')
  const before = (await device.errors()).length
  await device.change('forbidden', { title: 'mine' })
  const refused = { message: 'Unauthorized', errorType: 'Unauthorized' }
  await eventually(async () => (await device.errors()).slice(before), [refused])
  deepStrictEqual(stage.row('forbidden'), rowOf('forbidden', 1))
}

/** Writes that meet nobody else's. */
export async function hearWriting(scene: Scene): Promise<void> {
  await scene.check('pushes a create, and gets version 1', () => creates(scene))
  await scene.check('pushes the changed fields of an update for its version, and gets the next', () => updates(scene))
  await scene.check('pushes a delete for its version, and sees the row _deleted', () => deletes(scene))
  await scene.check('is told Unauthorized of a row that it may not write', () => isForbidden(scene))
}
