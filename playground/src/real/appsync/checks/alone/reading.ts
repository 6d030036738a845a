import { deepStrictEqual, ok } from 'node:assert/strict'
import { noteFields } from '../../note.ts'
import { eventually } from '../../waiting.ts'
import { type Page, pagesIn } from '../../wire/operations.ts'
import { noteOfOthers, type Scene, syncsOf, titlesOf } from './scene.ts'

/** What is in the double before anybody starts: with a page size of two it takes three pages, and one note is deleted. */
export async function seed({ double }: Scene['stage']): Promise<void> {
  for (const id of ['a', 'b', 'c', 'd', 'e']) await double.write('notes', { id, ...noteFields(id) })
  await double.remove('notes', 'e')
}

async function listsEverything(scene: Scene): Promise<void> {
  const { device, door } = scene
  await device.start()
  await eventually(() => titlesOf(scene), ['a', 'b', 'c', 'd'])
  await eventually(() => syncsOf(scene), [{ isFullSync: true, counts: { new: 4, updated: 0, deleted: 0 } }])
  const [one, two, three, ...more] = pagesIn(door.take())
  ok(one && two && three && more.length === 0, 'three pages of two')
  deepStrictEqual(
    [one.asked, two.asked, three.asked],
    [
      { limit: 2, lastSync: 0 },
      { limit: 2, lastSync: 0, nextToken: one.nextToken },
      { limit: 2, lastSync: 0, nextToken: two.nextToken },
    ],
  )
  deepStrictEqual([two.startedAt, three.startedAt, three.nextToken], [one.startedAt, one.startedAt, null])
}

/** Stops DataStore, and starts it again after something happened; the pages it asks for then. */
async function away(scene: Scene, meanwhile: () => Promise<void>): Promise<readonly Page[]> {
  const { device, door } = scene
  await device.stop()
  await meanwhile()
  door.take()
  const before = (await syncsOf(scene)).length
  await device.start()
  await eventually(async () => (await syncsOf(scene)).length, before + 1)
  return pagesIn(door.take())
}

async function listsWhatChanged(scene: Scene): Promise<void> {
  const { stage } = scene
  for (const id of ['stays', 'changes', 'goes']) await noteOfOthers(scene, id)
  const [before] = await away(scene, async () => undefined)
  const pages = await away(scene, async () => {
    await stage.double.write('notes', { id: 'changes', ...noteFields('changed') })
    await stage.double.remove('notes', 'goes')
    await stage.double.write('notes', { id: 'comes', ...noteFields('comes') })
  })
  deepStrictEqual(
    pages.map(({ asked }) => asked['lastSync']),
    pages.map(() => before?.startedAt),
  )
  deepStrictEqual((await syncsOf(scene)).at(-1), { isFullSync: false, counts: { new: 1, updated: 1, deleted: 1 } })
  const titles = await titlesOf(scene)
  const wanted = ['stays', 'changes', 'changed', 'goes', 'comes']
  deepStrictEqual(
    wanted.filter((title) => titles.includes(title)),
    ['stays', 'changed', 'comes'],
  )
}

/** The first sync of all. */
export const hearFirstSync = (scene: Scene): Promise<void> =>
  scene.check('lists all notes in pages by nextToken, under one startedAt, and shows no deleted one', () =>
    listsEverything(scene),
  )

/** Syncs of a device that was away. */
export const hearDeltaSync = (scene: Scene): Promise<void> =>
  scene.check('after a stop asks with lastSync for what changed, and takes a change, a deletion and a new note', () =>
    listsWhatChanged(scene),
  )
