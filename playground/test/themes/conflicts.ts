import type { Conflict } from '@rowkeep/kernel'
import { conflicts as inboxOf } from '@rowkeep/kernel/inbox'
import { expect, test } from 'vitest'
import type { WorldBackend } from '../world/backends.ts'
import type { Note } from '../world/device.ts'
import { asNote, byId, openStage, type Stage, settle } from '../world/stage.ts'
import { offline, scene, type Theme } from './scene.ts'

/** Both sides change the title of one record; what the resolver was asked. */
async function collide(kind: WorldBackend, answer: 'local' | 'remote'): Promise<readonly Conflict<Note>[]> {
  const asked: Conflict<Note>[] = []
  const resolver = (conflict: Conflict<Note>): 'local' | 'remote' => {
    asked.push(conflict)
    return answer
  }
  const stage = await openStage(kind, { live: false, client: { conflict: { notes: resolver } } })
  try {
    await stage.write({ id: 'r1', title: 'base', n: 1 })
    await stage.device.client.start()
    await settle(stage)
    await offline(stage.device, () => stage.device.notes.update('r1', { title: 'local' }))
    await stage.write({ id: 'r1', title: 'remote', n: 1 })
    stage.device.clock.setOnline(true)
    await settle(stage)
    await expectEverywhere(stage, answer)
    // Later pulls and writes do not bring it back.
    await stage.device.client.synchronize()
    await stage.device.notes.update('r1', { n: 5 })
    await settle(stage)
    await expectEverywhere(stage, answer)
    return asked
  } finally {
    await stage.close()
  }
}

async function expectEverywhere(stage: Stage, title: string): Promise<void> {
  expect((await stage.rows()).map((row) => row.title)).toEqual([title])
  expect(byId(await stage.device.notes.readAll())).toEqual(await stage.rows())
}

/** A conflict is not seen, or is decided behind the app's back. */
export const conflicts: Theme = (kind) => {
  for (const answer of ['local', 'remote'] as const) {
    test(`T7: the resolver is asked once, and "${answer}" holds everywhere`, { timeout: 60_000 }, async () => {
      const asked = await collide(kind, answer)
      const sides = asked.map(({ base, local, remote, fields }) => ({
        titles: [base, local, remote].map((side) => side && asNote(side).title),
        fields,
      }))
      expect(sides).toEqual([{ titles: ['base', 'local', 'remote'], fields: ['title'] }])
    })
  }

  scene('T7: an edit of what somebody else deleted waits for a person', kind, async (stage) => {
    const { device } = stage
    const inbox = inboxOf(device.client)
    await offline(device, () => device.notes.update('r1', { title: 'still needed' }))
    await stage.remove('r1')
    device.clock.setOnline(true)
    await device.until(() => inbox.getSnapshot()?.length, 'the conflict')
    expect(inbox.getSnapshot()).toMatchObject([{ recordId: 'r1', remote: null, fields: [] }])
    expect(await stage.rows()).toHaveLength(2)
    const [parked] = inbox.getSnapshot() ?? []
    await inbox.resolve(parked?.id ?? '', 'local')
    await settle(stage)
    expect((await stage.rows()).find(({ id }) => id === 'r1')?.title).toBe('still needed')
    expect(byId(await device.notes.readAll())).toEqual(await stage.rows())
  })
}
