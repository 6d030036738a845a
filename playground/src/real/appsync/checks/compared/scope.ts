import { deepStrictEqual } from 'node:assert/strict'
import type { Findings } from '../../../judge.ts'
import type { AmazonDevice } from '../../amazon/commands.ts'
import { noteFields } from '../../note.ts'
import type { OurDevice } from '../../ours/commands.ts'
import { type Party, Stage } from '../../stage.ts'
import { eventually } from '../../waiting.ts'
import { type Page, pagesIn } from '../../wire/operations.ts'
import { check } from '../check.ts'

/** Both clients on one double, with the same scope: all notes but those with this title. */
const hidden = 'hidden'
const filters = { amazon: { and: [{ title: { ne: hidden } }] }, ours: { not: { title: { eq: hidden } } } }

/** What our client reads again of the time before a run, ms: the adapter's default. */
const overlapMs = 10_000

interface Scene {
  readonly stage: Stage
  readonly amazon: Party<AmazonDevice>
  readonly ours: Party<OurDevice>
}

const titles = async ({ device }: Scene['amazon'] | Scene['ours']): Promise<readonly string[]> =>
  (await device.notes()).map(({ title }) => title).sort()

/** Both sync; the pages each has asked for. */
async function bothSync({
  amazon,
  ours,
}: Scene): Promise<{ readonly amazon: readonly Page[]; readonly ours: readonly Page[] }> {
  const readyTimes = async (): Promise<number> =>
    (await amazon.device.told()).filter(({ event }) => event === 'ready').length
  const before = await readyTimes()
  await amazon.device.start()
  await eventually(readyTimes, before + 1)
  await ours.device.sync()
  return { amazon: pagesIn(amazon.door.take()), ours: pagesIn(ours.door.take()) }
}

async function firstListing(scene: Scene): Promise<Page | undefined> {
  const { stage, amazon, ours } = scene
  await stage.double.write('notes', { id: 'a', ...noteFields('seen') })
  await stage.double.write('notes', { id: 'b', ...noteFields(hidden) })
  const pages = await bothSync(scene)
  deepStrictEqual([await titles(amazon), await titles(ours)], [['seen'], ['seen']])
  deepStrictEqual([pages.amazon[0]?.asked['filter'], pages.ours[0]?.asked['filter']], [filters.amazon, filters.ours])
  return pages.ours[0]
}

/** DataStore subscribes with its filter. */
async function hearing({ stage, amazon }: Scene): Promise<void> {
  amazon.door.takeTold()
  await stage.double.write('notes', { id: 'd', ...noteFields(hidden) })
  await stage.double.write('notes', { id: 'e', ...noteFields('heard') })
  await eventually(() => titles(amazon), ['heard', 'seen'])
  deepStrictEqual(amazon.door.takeTold(), ['onCreateNote'])
}

async function leaving(scene: Scene, first: Page | undefined): Promise<void> {
  const { stage, amazon, ours } = scene
  await amazon.device.stop()
  await stage.double.write('notes', { id: 'a', ...noteFields(hidden) })
  await stage.double.write('notes', { id: 'c', ...noteFields('new') })
  const pages = await bothSync(scene)
  deepStrictEqual(pages.amazon[0]?.asked['filter'], filters.amazon)
  deepStrictEqual(
    pages.ours.map((page) => page.asked),
    [{ limit: 1000, lastSync: Number(first?.startedAt) - overlapMs }],
  )
  deepStrictEqual(
    [await titles(amazon), await titles(ours)],
    [
      ['heard', 'new', 'seen'],
      ['heard', 'new'],
    ],
  )
}

function knownDifferences(findings: Findings): void {
  findings.differs(
    'later syncs: DataStore filters them, too, and goes on showing a note that left its scope; ours have no filter',
    'a row that no longer matches must arrive, or nobody would know that it left; the kernel leaves out what does not match',
  )
  findings.differs(
    `later syncs: DataStore asks from startedAt on, ours from ${overlapMs} ms before it`,
    'rows are stamped before they can be read; those of the last moments could be missed',
  )
}

/** A part of the notes, kept by both clients. */
export async function hearScope(findings: Findings, folder: string): Promise<void> {
  const stage = new Stage(folder)
  try {
    const scene = { stage, amazon: await stage.amazon({ hidden }), ours: await stage.ours({ hidden }) }
    let first: Page | undefined
    await check(findings, 'both list a scope by the filter of their first sync', async () => {
      first = await firstListing(scene)
    })
    await check(findings, 'DataStore hears by subscription of what meets its filter, and of nothing else', () =>
      hearing(scene),
    )
    await check(findings, 'later syncs, and a note that leaves the scope, differ in the known ways', async () => {
      await leaving(scene, first)
      knownDifferences(findings)
    })
  } finally {
    await stage.clear()
  }
}
