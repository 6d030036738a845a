import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Broken,
  eventsOf,
  type History,
  played,
  playedTwice,
  shrunk,
  storyOf,
  subjectOf,
  type Violation,
} from '@rowkeep/conformance-tests/simulation'
import { newStrays } from './strays.ts'
import { subjects } from './subjects.ts'

type Write = (line: string) => void

/** So many are shrunk; the others are told in a line. */
const most = 3

/** Of what happened so many of the first and of the last lines are told: how it came to it, and where it stands. */
const [firstLines, lastLines] = [150, 30] as const

const listed = (violations: readonly Violation[]): readonly string[] =>
  violations.map(({ invariant, what }) => `  ${invariant}: ${what}`)

/** Runs a history, where that is asked for two times, and says what broke. */
export async function violationsOf(history: History, twice: boolean = false): Promise<readonly Violation[]> {
  const play = twice ? playedTwice : played
  const { violations } = await play(history, subjectOf(subjects, history.profile))
  return [...violations, ...newStrays()]
}

/** What happened in a history, when. */
export async function tellEvents(history: History, write: Write): Promise<void> {
  const lines = await eventsOf(history, subjectOf(subjects, history.profile))
  const left = lines.length - firstLines - lastLines
  const told = left > 0 ? lines.toSpliced(firstLines, left, `(and ${left} more)`) : lines
  for (const line of told) write(`  ${line}`)
}

async function save(history: History, violations: readonly Violation[]): Promise<string> {
  const first = violations[0]
  const file = join(tmpdir(), `rowkeep-${history.seed}-${first?.invariant ?? 'none'}.json`)
  const broke = first === undefined ? '' : `${first.invariant}: ${first.what}`
  await writeFile(file, `${JSON.stringify({ broke, profile: history.profile, history }, undefined, 2)}\n`)
  return file
}

async function tellShrunk(broken: Broken, write: Write): Promise<void> {
  const breaks = async (history: History): Promise<readonly string[]> =>
    (await violationsOf(history)).map(({ invariant }) => invariant)
  const { history, runs } = await shrunk(broken, breaks)
  const violations = await violationsOf(history)
  const [before, after] = [broken.history.steps.length, history.steps.length]
  write(`shrunk from ${before} steps to ${after}, by ${runs} histories:`)
  for (const line of storyOf(history)) write(`  ${line}`)
  for (const line of listed(violations)) write(line)
  write('what happened:')
  await tellEvents(history, write)
  write(`again, shrunk: npm run simulate -- --history ${await save(history, violations)}`)
}

/** Tells of everything that went wrong: of each kind the first one whole, and of the others how to see them. */
export async function tellBroken(broken: readonly Broken[], profile: string | undefined, write: Write): Promise<void> {
  const told = new Set<string>()
  for (const one of broken.toSorted((a, b) => a.history.seed - b.history.seed)) {
    const { history, violations } = one
    const kind = violations.map(({ invariant }) => invariant).join()
    const isFirst = !told.has(kind) && told.size < most
    const only = profile === undefined ? '' : ` --profile ${profile}`
    write(`\nviolation: seed ${history.seed}, profile ${history.profile}`)
    for (const line of listed(isFirst ? violations : violations.slice(0, 1))) write(line)
    write(`again: npm run simulate -- --seed ${history.seed} --histories 1${only}`)
    if (isFirst) await tellShrunk(one, write)
    told.add(kind)
  }
}
