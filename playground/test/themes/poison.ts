import { quarantine } from '@rowkeep/kernel/inbox'
import { expect } from 'vitest'
import { byId } from '../world/stage.ts'
import { expectAccounted, offline, scene, type Theme } from './scene.ts'

/** One write that the server refuses blocks the others, or is dropped. */
export const poison: Theme = (kind) => {
  scene('T2: a refused write goes to quarantine, and those of other records go on', kind, async (stage) => {
    const { device, diary, place } = stage
    await place.backend.forbid?.('notes', 'r2')
    await offline(device, async () => {
      await diary.edit('r1')
      await diary.edit('r2')
      await diary.create('c1')
      await diary.edit('r3')
    })
    device.clock.setOnline(true)
    const shelf = quarantine(device.client)
    await device.until(() => device.status().pending === 0, 'the end of all four')
    expect(shelf.getSnapshot()).toMatchObject([{ collection: 'notes', recordId: 'r2', reason: { retry: 'never' } }])
    expect(device.status().writes).toMatchObject({ accepted: 4, applied: 3, quarantined: 1 })
    const titles = new Map((await stage.rows()).map(({ id, title }) => [id, title]))
    expect(titles.get('r2'), 'the row that the server kept').toBe('r2')
    for (const id of ['r1', 'c1', 'r3']) expect(titles.get(id)).toContain('by the device')
    // What it was is not gone: the app can look at it, and give it up.
    const [refused] = shelf.getSnapshot() ?? []
    expect(refused?.set['title']).toContain('r2 by the device')
    await shelf.discard(refused?.id ?? '')
    expectAccounted(device.status())
    expect(byId(await device.notes.readAll())).toEqual(await stage.rows())
  })
}
