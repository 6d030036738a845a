import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { parentPort, workerData } from 'node:worker_threads'
import { searchRange } from '@rowkeep/conformance-tests/simulation'
import { crashed } from './crashes/stores.ts'
import type { Done, Job, SearchJob, Start } from './jobs.ts'
import { newStrays, watchStrays } from './strays.ts'
import { subjects } from './subjects.ts'

const { marks, at } = workerData as Start
// Every refusal is an error, and nobody reads where it was made.
Error.stackTraceLimit = 3
watchStrays()

/** Says which seed comes now, and that the one before came to an end. */
function lives(seed: number): void {
  marks[2 * at] = seed
  marks[2 * at + 1] = (marks[2 * at + 1] ?? 0) + 1
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}

async function searched({ range, weighed }: SearchJob): Promise<Done<SearchJob>> {
  lives(range.from)
  const tally = await searchRange(range, subjects, (history, sum) => {
    const violations = newStrays()
    if (violations.length > 0) sum.broken.push({ history, violations })
    lives(history.seed + 1)
  })
  return { tally, heapBytes: weighed ? heapBytes() : undefined }
}

async function run(job: Job): Promise<void> {
  const done = await (job.kind === 'search' ? searched(job) : crashed(job, lives))
  parentPort?.postMessage(done)
}

parentPort?.on('message', (job: Job) => void run(job))
