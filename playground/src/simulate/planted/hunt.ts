import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { compilePlants, type Replaced } from './compile.ts'
import type { Job, Report } from './job.ts'
import type { Plant } from './plants.ts'

/** How long and how far one plant is looked for. */
export interface Patience {
  readonly histories: number
  readonly seconds: number
  /** Ends the hunt: what is hunted just then comes to nothing. Default: nothing does. */
  readonly stop?: AbortSignal
}

/** What the simulation made of a plant. */
export interface Hunted {
  /** `undefined`: it was not found. */
  readonly invariant?: string | undefined
  /** What the first violation said. */
  readonly what?: string | undefined
  /** The seed that it was found at, or the last one tried: seeds begin with 1. */
  readonly seed: number
  readonly seconds: number
}

/** Ten histories that take so long stand still. */
const standstillMs = 60_000

/** Runs histories, one after the other, until one breaks an invariant. */
function search(job: Job, seconds: number, stop?: AbortSignal): Promise<Hunted> {
  const started = performance.now()
  // From `src` as from `dist` it is the built one that runs.
  const path = fileURLToPath(new URL('../../../dist/simulate/planted/child.js', import.meta.url))
  const child = fork(path, [JSON.stringify(job)], {
    execArgv: [],
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  return new Promise((resolve, reject) => {
    let seed = job.from
    const end = (found?: { readonly invariant: string; readonly what: string }): void => {
      clearTimeout(late)
      clearTimeout(still)
      stop?.removeEventListener('abort', giveUp)
      child.kill('SIGKILL')
      resolve({ ...found, seed, seconds: (performance.now() - started) / 1000 })
    }
    const giveUp = (): void => end()
    const standsStill = (): void => end({ invariant: 'I12', what: `a history from ${seed} on does not end` })
    const late = setTimeout(end, seconds * 1000)
    let still = setTimeout(standsStill, standstillMs)
    stop?.addEventListener('abort', giveUp)
    child.on('message', (report: Report) => {
      clearTimeout(still)
      still = setTimeout(standsStill, standstillMs)
      seed = report.kind === 'over' ? job.from + job.histories - 1 : report.seed
      if (report.kind === 'found') end(report)
      else if (report.kind === 'over') end()
    })
    child.on('error', reject)
    // What was found before the process ended is there already.
    child.on('exit', (code) => {
      clearTimeout(late)
      clearTimeout(still)
      reject(new Error(`the process ended with ${code} after seed ${seed}`))
    })
  })
}

/**
 * A plant is found where the kernel with it breaks something, and the kernel as it is comes through the same history: one that
 * breaks that, too, says nothing about the plant, and is passed over.
 */
async function huntOne({ histories, seconds, stop }: Patience, plant?: Plant, replaced?: Replaced): Promise<Hunted> {
  const started = performance.now()
  const secondsSince = (): number => (performance.now() - started) / 1000
  for (let from = 1; ; ) {
    const job: Job = { replaced, profile: plant?.profile, theme: plant?.theme, from, histories: histories - from + 1 }
    const found = await search(job, seconds - secondsSince(), stop)
    if (!plant || found.invariant === undefined || stop?.aborted) return found
    const sound = await search({ ...job, replaced: undefined, from: found.seed, histories: 1 }, seconds, stop)
    if (sound.invariant === undefined) return { ...found, seconds: secondsSince() }
    from = found.seed + 1
  }
}

/** Hunts every plant, several at a time; the sound kernel first. */
export async function hunt(
  plants: readonly Plant[],
  patience: Patience,
  workers: number,
  tell: (plant: Plant | undefined, hunted: Hunted) => void,
): Promise<void> {
  const { replaced, close } = await compilePlants(plants)
  try {
    const waiting: (Plant | undefined)[] = [undefined, ...plants]
    const work = async (): Promise<void> => {
      while (waiting.length > 0 && !patience.stop?.aborted) {
        const plant = waiting.shift()
        const hunted = await huntOne(patience, plant, plant && replaced.get(plant))
        if (!patience.stop?.aborted) tell(plant, hunted)
      }
    }
    await Promise.all(Array.from({ length: workers }, work))
  } finally {
    await close()
  }
}
