import { deepStrictEqual, ok } from 'node:assert/strict'
import type { Json, JsonObject } from '@rowkeep/kernel'
import type { Findings } from '../../../judge.ts'
import { noteFields } from '../../note.ts'
import { Stage } from '../../stage.ts'
import { inputOf, mutationsIn, type Operation, withoutNulls } from '../../wire/operations.ts'
import { check } from '../check.ts'
import { amazonPlayer, ourPlayer, type Played, play } from './player.ts'

/** The same story by both, each on a double of its own. */
interface Told {
  readonly amazon: Played
  readonly ours: Played
}

async function playedBoth(folder: string): Promise<Told> {
  const [one, other] = [new Stage(folder), new Stage(folder)]
  try {
    return { amazon: await play(await amazonPlayer(one)), ours: await play(await ourPlayer(other)) }
  } finally {
    await Promise.all([one.clear(), other.clear()])
  }
}

const versionsSent = ({ operations }: Played): readonly string[] =>
  mutationsIn(operations).map((one) => `${one.field} for ${inputOf(one)['_version'] ?? 'none'}`)

/** Inputs as both could have sent them: without the marker, and with one name for the note. */
const inputs = ({ operations }: Played): readonly JsonObject[] =>
  mutationsIn(operations).map((one) => {
    const { _m, id, ...input } = withoutNulls(inputOf(one))
    return input
  })

const retry = 3
const others = (all: readonly JsonObject[]): readonly JsonObject[] => all.filter((_, at) => at !== retry)

const marks = ({ operations }: Played): readonly (Json | undefined)[] =>
  mutationsIn(operations).map((one) => inputOf(one)['_m'])

const conditions = ({ operations }: Played): readonly Json[] =>
  mutationsIn(operations).flatMap(({ variables }) => variables['condition'] ?? [])

const fieldsOf = (operations: readonly Operation[]): readonly string[] => operations.map(({ field }) => field)

const extras = ({ operations }: Played): readonly string[] =>
  fieldsOf(operations).filter((field) => !/^(create|update|delete|on|sync)/.test(field))

/** What both must do alike. */
async function hearLikeness(findings: Findings, { amazon, ours }: Told): Promise<void> {
  await check(findings, 'both send the same mutations for the same versions', async () => {
    deepStrictEqual(versionsSent(ours), versionsSent(amazon))
    return versionsSent(ours).join(', ')
  })
  await check(findings, 'both send the same fields with them, but for the retry', async () =>
    deepStrictEqual(others(inputs(ours)), others(inputs(amazon))),
  )
  await check(findings, 'both leave the row in the same version, deleted, with the same fields', async () => {
    deepStrictEqual(ours.row, amazon.row)
    deepStrictEqual(ours.row, { version: 6, deleted: true, fields: { ...noteFields('three'), done: true, n: 5 } })
  })
  await check(findings, 'neither reads a row for itself', async () =>
    deepStrictEqual([extras(ours), extras(amazon)], [[], []]),
  )
}

function knownDifferences(findings: Findings): void {
  findings.differs(
    'retry after a conflict: DataStore sends the whole note that its handler gave, our client the field that was changed',
    'both are for the version that was merged, so the row ends the same',
  )
  findings.differs(
    'marker: our writes carry _m, DataStore sends it as null or as it read it',
    'DataStore has no way to find a write whose answer was lost; by _m ours are recognised in the row',
  )
  findings.differs(
    'condition: { and: [...] } of DataStore, { title: ... } of ours',
    'two spellings of one condition; the double tested both',
  )
}

/** What they do differently, each a fact that is looked at before it is called known. */
async function hearDifferences(findings: Findings, { amazon, ours }: Told): Promise<void> {
  await check(findings, 'the differences in the story are the known ones', async () => {
    deepStrictEqual(
      [inputs(amazon)[retry], inputs(ours)[retry]],
      [
        { ...noteFields('three'), done: true, _version: 3 },
        { title: 'three', _version: 3 },
      ],
    )
    deepStrictEqual(
      [conditions(amazon), conditions(ours)],
      [[{ and: [{ title: { eq: 'three' } }] }], [{ title: { eq: 'three' } }]],
    )
    const counts = marks(ours).map((list) => (Array.isArray(list) ? list.length : 0))
    deepStrictEqual(counts, [1, 2, 3, 3, 4, 0])
    ok(marks(amazon).every((list) => !Array.isArray(list) || list.length === 0))
    knownDifferences(findings)
  })
}

/** The same story told by both clients, each to a double of its own. */
export async function hearStory(findings: Findings, folder: string): Promise<void> {
  let told: Told | undefined
  await check(
    findings,
    'the story of create, update, conflict, condition and delete comes to its end with both',
    async () => {
      told = await playedBoth(folder)
    },
  )
  if (!told) return findings.skip('comparing the operations of both', 'the story did not come to its end')
  await hearLikeness(findings, told)
  await hearDifferences(findings, told)
}
