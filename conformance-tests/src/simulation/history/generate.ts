import { acts } from '../actions/index.ts'
import { chanceOf, pick } from '../time/chance.ts'
import type { FaultRates, History, Setup, Step } from './history.ts'

/** Every fault of the network, with the rate it has where it comes at all. */
const rates: FaultRates = {
  lost: 0.08,
  answerLost: 0.08,
  duplicate: 0.06,
  late: 0.03,
  tooMany: 0.02,
  tooManyBare: 0.02,
  unavailable: 0.02,
  failedBefore: 0.02,
  failedAfter: 0.03,
  html: 0.02,
  truncated: 0.02,
}

function setupOf(random: (what: string) => number): Setup {
  return {
    devices: 2 + Math.floor(random('devices') * 2),
    users: 1 + Math.floor(random('users') * 2),
    writers: pick(['one', 'many'], random('writers')),
    durability: pick(['relaxed', 'strict'], random('durability')),
    storeMs: pick([1, 8, 40], random('storeMs')),
    networkMs: pick([5, 60, 400], random('networkMs')),
    pullIntervalMs: pick([2_000, 10_000], random('pullInterval')),
    resolver: pick(['none', 'local', 'remote', 'ask', 'delete'], random('resolver')),
  }
}

const total = Object.values(acts).reduce((sum, { weight }) => sum + weight, 0)

function kindAt(by: number): string {
  let left = by * total
  for (const [name, { weight }] of Object.entries(acts)) {
    left -= weight
    if (left < 0) return name
  }
  return 'save'
}

/** The history of a seed. */
export function historyOf(seed: number): History {
  const chance = chanceOf(seed)
  const setup = setupOf((what) => chance('setup', what))
  // Each history has some of the faults: with all of them at once no long story ever happens (swarm testing, A. Groce and others, 2012).
  const faults = Object.fromEntries(Object.entries(rates).filter(([name]) => chance('swarm', name) < 0.6))
  const count = 4 + Math.floor(chance('steps') * 24)
  const steps = Array.from({ length: count }, (_, id): Step => {
    const random = (what: string): number => chance('step', id, what)
    const kind = kindAt(random('kind'))
    const details = acts[kind]?.make((what) => random(`${kind} ${what}`), setup) ?? {}
    const device = Math.floor(random('device') * setup.devices)
    return { id, afterMs: Math.floor(random('after') ** 3 * 2_000), device, act: { do: kind, ...details } }
  })
  return { seed, setup, faults, steps }
}
