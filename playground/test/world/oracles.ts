import { expect } from 'vitest'
import { byId, type Stage } from './stage.ts'

const listed = (entries: readonly { readonly id: string; readonly title: string | null }[]): readonly string[] =>
  entries.map(({ id, title }) => `${id}: ${title ?? '(deleted)'}`)

/** What the backend's storage did for the device: its effects without those of others. */
async function ownEffects({ place, foreign }: Stage): Promise<readonly string[]> {
  const others = [...listed(foreign)]
  return listed(await place.effects.all()).filter((effect) => {
    const at = others.indexOf(effect)
    if (at >= 0) others.splice(at, 1)
    return at < 0
  })
}

const idIn = (line: string): string => line.slice(0, line.indexOf(':'))

/** Each write took effect once and in the order of its record; one that was merged into a later one, or cancelled, not at all. */
async function expectOnceInOrder(stage: Stage): Promise<void> {
  const effects = await ownEffects(stage)
  const { accepted, applied, merged, cancelled } = stage.device.status().writes
  const written = listed(stage.diary.entries)
  const doubled = effects.filter((effect, at) => effects.indexOf(effect) !== at)
  expect(doubled, 'writes that took effect twice').toEqual([])
  const invented = effects.filter((effect) => !written.includes(effect))
  expect(invented, 'effects that nobody asked for').toEqual([])
  const lost = written.filter((line) => !effects.includes(line))
  expect(lost.length, `writes without effect: ${lost.join('; ')}`).toBe(merged + cancelled)
  for (const id of new Set(written.map(idIn))) {
    const order = (lines: readonly string[]): readonly string[] => lines.filter((line) => idIn(line) === id)
    const wanted = order(written).filter((line) => effects.includes(line))
    expect(order(effects), `the order of the writes to ${id}`).toEqual(wanted)
  }
  expect({ accepted, ended: applied + merged + cancelled }, 'the counts of the status').toEqual({
    accepted: written.length,
    ended: written.length,
  })
}

/** The device, the backend and a device that was never there before have the same rows: those that the scene says. */
async function expectAgreement(stage: Stage, wanted: readonly string[]): Promise<void> {
  const rows = await stage.rows()
  expect(
    rows.map(({ id }) => id),
    'the rows of the backend',
  ).toEqual([...wanted].sort())
  expect(byId(await stage.device.notes.readAll()), 'the rows of the device').toEqual(rows)
  const fresh = await stage.fresh()
  expect(byId(await fresh.notes.readAll()), 'the rows of a fresh device').toEqual(rows)
}

/** Everything that must hold in the end, whatever the network did. `wanted`: the ids of the rows there are. */
export async function expectAll(stage: Stage, wanted: readonly string[]): Promise<void> {
  await expectOnceInOrder(stage)
  await expectAgreement(stage, wanted)
  const { pending, writes } = stage.device.status()
  expect({ pending, ...writes }, 'writes that did not end').toMatchObject({ pending: 0, quarantined: 0, parked: 0 })
}
