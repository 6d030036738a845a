import { isDeepStrictEqual } from 'node:util'
import type { Findings } from '../../judge.ts'
import type { Project } from '../lite/project.ts'
import { type Chapter, chapters, order } from './chapters/index.ts'
import { type Exchange, isSame } from './exchange.ts'
import { type Known, known } from './known.ts'
import { type Heard, play } from './stage.ts'
import { doubleWorld, liteWorld } from './world.ts'

/** How often each known difference was met. */
export type Met = Map<Known, number>

/** A failure whose message says all; where it was thrown tells nobody anything. */
class Difference extends Error {
  override stack: string = this.message
}

const shown = ({ answer }: Exchange): string => JSON.stringify(answer).slice(0, 300)

/** The requests up to the first that were not the same, and what is to be said of that one. */
function inStep(
  ours: Heard,
  theirs: Heard,
): { readonly pairs: readonly (readonly [Exchange, Exchange])[]; readonly lost: readonly string[] } {
  const pairs: (readonly [Exchange, Exchange])[] = []
  for (let n = 0; n < Math.max(ours.exchanges.length, theirs.exchanges.length); n += 1) {
    const [one, other] = [ours.exchanges[n], theirs.exchanges[n]]
    if (!one || !other || one.asked !== other.asked) {
      return {
        pairs,
        lost: [`from request ${n} on they are asked differently\n  double ${one?.asked}\n  lite   ${other?.asked}`],
      }
    }
    pairs.push([one, other])
  }
  return { pairs, lost: [] }
}

function toldApart(ours: Heard, theirs: Heard): readonly string[] {
  if (isDeepStrictEqual(ours.told, theirs.told)) return []
  const longer = ours.told.length > theirs.told.length ? ours.told : theirs.told
  const n = longer.findIndex((_, index) => ours.told[index] !== theirs.told[index])
  return [`our adapter tells its device otherwise\n  double ${ours.told[n]}\n  lite   ${theirs.told[n]}`]
}

async function compared({ play: chapter }: Chapter, project: Project, met: Met): Promise<string> {
  const ours = await play(doubleWorld(project.shape), chapter)
  const theirs = await play(await liteWorld(project), chapter)
  const { pairs, lost } = inStep(ours, theirs)
  const found: string[] = []
  let expected = 0
  for (const [one, other] of pairs) {
    if (isSame(one.answer, other.answer)) continue
    const why = known.find(({ asked }) => asked.some((pattern) => pattern.test(one.asked)))
    if (why) {
      met.set(why, (met.get(why) ?? 0) + 1)
      expected += 1
    } else found.push(`${one.asked}\n  double ${shown(one)}\n  lite   ${shown(other)}`)
  }
  const all = [...found, ...lost, ...(lost.length > 0 ? [] : toldApart(ours, theirs))]
  if (all.length > 0) throw new Difference(`${all.length} of ${pairs.length} answers differ\n${all.join('\n')}`)
  return `${pairs.length - expected} equal answers`
}

/** Chapter by chapter: the same requests to the double and to lite, answer by answer. */
export async function compareAnswers(findings: Findings, project: Project, met: Met): Promise<void> {
  const played = project.isCollated ? [...chapters, order] : chapters
  for (const chapter of played) {
    const what = `${project.name}: ${chapter.about}`
    await findings.check(what, () => compared(chapter, project, met))
  }
  if (!project.isCollated) findings.skip(`${project.name}: ${order.about}`, 'this database orders text by its bytes')
}

/** Notes the differences that are known. One that is met no more has to be taken off the list. */
export async function noteKnown(findings: Findings, met: Met): Promise<void> {
  findings.differs(
    'moments, which are left out of all answers',
    'lite words them as PostgreSQL does for people, 2026-01-01 00:00:00.5+00; PostgREST as to_json does, 2026-01-01T00:00:00.5+00:00',
  )
  for (const [{ why, asked }, times] of met) {
    findings.differs(`${times} answers to ${asked.map(String).join(', ')}`, why)
  }
  await findings.check('differences that are said to be known are there', async () => {
    const gone = known.filter((one) => !met.has(one)).map(({ why }) => why)
    if (gone.length > 0) throw new Difference(`not met any more:\n${gone.join('\n')}`)
    return `${known.length}`
  })
}
