import type { Findings } from '../../judge.ts'
import type { Case } from './cases.ts'
import { conversation, type Peer } from './peer.ts'

/** The double and whoever judges it. */
export interface Pair {
  readonly double: Peer
  readonly judge: Peer
}

const heard = ({ double, judge }: Pair, { asks }: Case): Promise<readonly [string, string]> =>
  Promise.all([conversation(double, asks), conversation(judge, asks)])

async function mustBeAlike(pair: Pair, one: Case): Promise<string> {
  const [ours, theirs] = await heard(pair, one)
  if (ours === theirs) return ours
  throw new Error(`the double answers ${ours}\nthe judge answers  ${theirs}`)
}

/** Notes a difference that is as it is known to be. @throws Error where one of them has changed */
async function mustDifferAsKnown(pair: Pair, one: Case, known: NonNullable<Case['known']>): Promise<void> {
  const [ours, theirs] = await heard(pair, one)
  if (ours === known.double && theirs === known.judge) return
  throw new Error(
    `the double answers ${ours}, known: ${known.double}\nthe judge answers  ${theirs}, known: ${known.judge}`,
  )
}

async function compare(findings: Findings, pair: Pair, one: Case, what: string): Promise<void> {
  const { known } = one
  if (known === undefined) return findings.check(what, () => mustBeAlike(pair, one))
  try {
    await mustDifferAsKnown(pair, one, known)
    findings.differs(`${what}: the double ${known.double}, the judge ${known.judge}`, known.why)
  } catch (error) {
    await findings.check(what, () => Promise.reject(error as Error))
  }
}

/** Asks both the same, case by case. */
export async function compareAll(findings: Findings, name: string, pair: Pair, cases: readonly Case[]): Promise<void> {
  for (const one of cases) await compare(findings, pair, one, `${name}: ${one.what}`)
}
