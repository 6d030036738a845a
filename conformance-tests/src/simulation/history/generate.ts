import { acts, everyAct } from '../actions/index.ts'
import { profiles } from '../servers/profiles.ts'
import type { Subject } from '../servers/site.ts'
import { type Chance, chanceOf, pick } from '../time/chance.ts'
import { faultRates } from './faults.ts'
import type { FaultRates, History, Setup, Step } from './history.ts'

/** What directed histories are about: beside plain writes they have these acts and faults, all of them, and no others. */
export interface Theme {
  /** By name of an act how often it comes, against the others. */
  readonly acts?: Readonly<Record<string, number>>
  readonly faults?: FaultRates
  /** What does not change from one to the next. */
  readonly setup?: Partial<Setup>
  /** Now and then nothing is done for so long at most, ms. Default: no longer than in others. */
  readonly pauseMs?: number
}

/** What is fixed in the histories that are made up; the seed decides the rest. */
export interface Wanted {
  /** Name of the backend. Default: the seed picks one of {@link profiles}. */
  readonly profile?: string
  /** So many users at most. Default: two. */
  readonly users?: number
  /** About ten steps on one device or two, for a crash at every I/O. Default: false. */
  readonly short?: boolean
  /** Default: whatever the seed makes them about. */
  readonly theme?: Theme | undefined
}

/** The histories that can be run against a backend. */
export const wantedOf = ({ name, users }: Subject): Wanted => ({
  profile: name,
  ...(users === undefined ? {} : { users }),
})

/** Acts that every history has: without writes there is nothing to go wrong. */
const always: readonly string[] = ['save', 'append']

function setupOf(random: (what: string) => number, { short, users = 2 }: Wanted): Setup {
  return {
    devices: short ? 1 + Math.floor(random('devices') * 2) : 2 + Math.floor(random('devices') * 2),
    users: 1 + Math.floor(random('users') * users),
    writers: pick(['one', 'many'], random('writers')),
    locks: random('locks') < 0.8,
    channels: random('channels') < 0.8,
    relations: random('relations') < 0.3,
    durability: pick(['relaxed', 'strict'], random('durability')),
    evictable: random('evictable') < 0.3,
    storeMs: pick([1, 8, 40], random('storeMs')),
    networkMs: pick([5, 60, 400], random('networkMs')),
    pullIntervalMs: pick([3_000, 10_000, 30_000], random('pullInterval')),
    resolver: pick(
      ['none', 'none', 'local', 'local', 'remote', 'ask', 'delete', 'late', 'own', 'throws', 'silent'],
      random('resolver'),
    ),
  }
}

/** Most acts come in bursts, where they meet; now and then there is time for retries and timers to run out. */
const gapsMs: readonly number[] = [0, 20, 20, 100, 100, 500, 500, 1_000, 1_000, 5_000]

/** One of the names, each as often as its weight against the sum of all. */
function kindAt(weights: readonly (readonly [kind: string, weight: number])[], by: number): string {
  let left = by * weights.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [name, weight] of weights) {
    left -= weight
    if (left < 0) return name
  }
  return 'save'
}

/**
 * The kinds that a history has. In a quarter of them it is one alone beside the writes: what one kind does wrong by itself shows
 * best there. In the others it is a half: with all of them at once no long story ever happens (swarm testing, A. Groce and
 * others, 2012).
 */
function masked<T>(all: Readonly<Record<string, T>>, what: string, chance: Chance): readonly (readonly [string, T])[] {
  const entries = Object.entries(all)
  const isAlone = chance('layer', what) < 0.25
  const only = isAlone ? pick(entries, chance('alone', what))?.[0] : undefined
  return entries.filter(
    ([name]) => always.includes(name) || (isAlone ? name === only : chance('swarm', what, name) < 0.5),
  )
}

/** How often which act comes. */
function weightsOf(chance: Chance, theme: Theme | undefined): readonly (readonly [string, number])[] {
  if (!theme) return masked(acts, 'acts', chance).map(([name, { weight }]) => [name, weight])
  const plain = always.map((name) => [name, acts[name]?.weight ?? 0] as const)
  return Object.entries({ ...Object.fromEntries(plain), ...theme.acts })
}

/** The history of a seed. */
export function historyOf(seed: number, wanted: Wanted = {}): History {
  const { profile, short, theme } = wanted
  const chance = chanceOf(seed)
  const setup = { ...setupOf((what) => chance('setup', what), wanted), ...theme?.setup }
  const faults: FaultRates = theme ? (theme.faults ?? {}) : Object.fromEntries(masked(faultRates, 'faults', chance))
  const weights = weightsOf(chance, theme)
  const gaps = theme?.pauseMs === undefined ? gapsMs : [...gapsMs, theme.pauseMs, theme.pauseMs]
  const count = short ? 6 + Math.floor(chance('steps') * 7) : 4 + Math.floor(chance('steps') * 24)
  const steps = Array.from({ length: count }, (_, id): Step => {
    const random = (what: string): number => chance('step', id, what)
    const kind = kindAt(weights, random('kind'))
    const details = everyAct[kind]?.make((what) => random(`${kind} ${what}`), setup) ?? {}
    const device = Math.floor(random('device') * setup.devices)
    return {
      id,
      afterMs: Math.floor(random('after') * pick(gaps, random('gap'))),
      device,
      act: { do: kind, ...details },
    }
  })
  const name = profile ?? pick(Object.keys(profiles), chance('profile'))
  return { seed, profile: name, setup, faults, steps }
}
