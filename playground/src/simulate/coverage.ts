import { acts, faultRates, type Tally } from '@rowkeep/conformance-tests/simulation'

/** From so many histories on everything that can happen must have happened. */
const enough = 5_000

/** How often each thing happened, as lines; what never did says so. */
export interface Coverage {
  readonly lines: readonly string[]
  readonly missing: readonly string[]
  /** Whether missing ones are a failure: in a run that is long, and over all backends. */
  readonly fails: boolean
}

const cell = (name: string, times: number): string => `${name} ${times === 0 ? 'NEVER' : times}`.padEnd(30)

function section(title: string, names: readonly string[], counts: Readonly<Record<string, number>>): readonly string[] {
  const cells = names.map((name) => cell(name, counts[name] ?? 0))
  const rows = Array.from({ length: Math.ceil(cells.length / 4) }, (_, at) => cells.slice(at * 4, at * 4 + 4))
  return [`${title}`, ...rows.map((row) => `  ${row.join('').trimEnd()}`)]
}

/** @param profile the one backend that was asked for */
export function coverageOf(tally: Tally, profiles: readonly string[], profile: string | undefined): Coverage {
  const [deeds, faults] = [Object.keys(acts).sort(), Object.keys(faultRates).sort()]
  const wanted = profile === undefined ? profiles : [profile]
  const others = Object.keys(tally.counts).filter((name) => !deeds.includes(name) && !faults.includes(name))
  const missing = [
    ...[...deeds, ...faults].filter((name) => tally.counts[name] === undefined),
    ...wanted.filter((name) => tally.profiles[name] === undefined),
  ]
  const lines = [
    ...section('acts', deeds, tally.counts),
    ...section('faults', faults, tally.counts),
    ...(others.length > 0 ? section('also seen', others.sort(), tally.counts) : []),
    ...section('backends', wanted, tally.profiles),
  ]
  return { lines, missing, fails: missing.length > 0 && profile === undefined && tally.histories >= enough }
}
