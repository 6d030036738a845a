import { expect } from 'vitest'
import type { Note } from '../world/device.ts'
import { expectAll } from '../world/oracles.ts'
import { settle } from '../world/stage.ts'
import { offline, scene, type Theme } from './scene.ts'

/** Text, numbers and lists that others have lost. */
const samples: readonly Pick<Note, 'title' | 'n' | 'tags'>[] = [
  { title: '', n: 0, tags: [] },
  { title: `it's "quoted", {braced}, (a,b), 100% & \\ / ; --`, n: -1.5, tags: ['a,b', '"', '{}', ''] },
  { title: 'zażółć 字 👩‍👩‍👧 \u202e', n: 2 ** 53 - 1, tags: ['👍', 'NULL', 'null'] },
  { title: ' \t\r\n ', n: null, tags: null },
  { title: '2020-01-01T00:00:00.000Z', n: 1e-7, tags: ['1', 'true'] },
]

/** Half of a request takes effect, or a value comes back as another one. */
export const fidelity: Theme = (kind) => {
  scene('T9: values come back as they were sent', kind, async (stage) => {
    const { device } = stage
    const notes = samples.map((sample, at) => ({ id: `s${at}`, ...sample }))
    for (const note of notes) await device.notes.create(note)
    await settle(stage)
    const fresh = await stage.fresh()
    for (const { id, title, n, tags } of notes) {
      expect(await fresh.notes.read(id), `the row ${id} on another device`).toMatchObject({ id, title })
      const row = await fresh.notes.read(id)
      // A backend with columns has no difference between null and absent.
      expect([row?.n ?? null, row?.tags ?? null], `n and tags of ${id}`).toEqual([n ?? null, tags ?? null])
    }
  })

  const { half } = kind
  const title = 'T9: a request of which half took effect is not sent as a whole again'
  if (typeof half === 'string') return
  scene(title, kind, async (stage) => {
    const { device, diary, network } = stage
    await offline(device, async () => {
      for (const id of ['c1', 'c2', 'c3']) await diary.create(id)
      await diary.edit('r1')
    })
    const strike = async (request: Request, server: (request: Request) => Promise<Response | undefined>) => {
      await server(await half(request))
      return undefined
    }
    network.plan({ column: 'push', skip: 0, times: 1, strike })
    device.clock.setOnline(true)
    await device.until(() => network.struck() > 0, 'the half request')
    await network.heal()
    await settle(stage)
    await expectAll(stage, ['c1', 'c2', 'c3', 'r1', 'r2', 'r3'])
  })
}
