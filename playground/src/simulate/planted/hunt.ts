import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { compilePlants, type Replaced } from './compile.ts'
import type { Job, Report } from './job.ts'
import type { Plant } from './plants.ts'

/** How long and how far one plant is looked for. */
export interface Patience {
  readonly histories: number
  readonly seconds: number
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
function huntOne({ histories, seconds }: Patience, profile?: string, replaced?: Replaced): Promise<Hunted> {
  const job: Job = { replaced, profile, histories }
  const started = performance.now()
  // From `src` as from `dist` it is the built one that runs.
  const path = fileURLToPath(new URL('../../../dist/simulate/planted/child.js', import.meta.url))
  const child = fork(path, [JSON.stringify(job)], {
    execArgv: [],
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  return new Promise((resolve, reject) => {
    let seed = 0
    let over = false
    const end = (found?: { readonly invariant: string; readonly what: string }): void => {
      if (over) return
      over = true
      clearTimeout(late)
      clearTimeout(still)
      child.kill('SIGKILL')
      resolve({ ...found, seed, seconds: (performance.now() - started) / 1000 })
    }
    const standsStill = (): void => end({ invariant: 'I12', what: `histories from ${seed} on do not end` })
    const late = setTimeout(end, seconds * 1000)
    let still = setTimeout(standsStill, standstillMs)
    child.on('message', (report: Report) => {
      clearTimeout(still)
      still = setTimeout(standsStill, standstillMs)
      if (report.kind !== 'over') seed = report.seed
      if (report.kind === 'found') end(report)
      if (report.kind === 'over') {
        seed = histories
        end()
      }
    })
    child.on('error', reject)
    child.on('exit', (code) => {
      if (over) return
      clearTimeout(late)
      clearTimeout(still)
      over = true
      reject(new Error(`the process ended with ${code} near seed ${seed}`))
    })
  })
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
      while (waiting.length > 0) {
        const plant = waiting.shift()
        tell(plant, await huntOne(patience, plant?.profile, plant && replaced.get(plant)))
      }
    }
    await Promise.all(Array.from({ length: workers }, work))
  } finally {
    await close()
  }
}
