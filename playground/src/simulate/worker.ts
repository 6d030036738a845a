import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { parentPort, workerData } from 'node:worker_threads'
import { searchRange } from '@rowkeep/conformance-tests/simulation'
import type { Done, Job, Start } from './jobs.ts'
import { newStrays, watchStrays } from './strays.ts'
import { subjects } from './subjects.ts'

const { seeds, at } = workerData as Start
// Every refusal is an error, and nobody reads where it was made.
Error.stackTraceLimit = 3
watchStrays()

function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}

async function run({ range, weighed }: Job): Promise<void> {
  seeds[at] = range.from
  const tally = await searchRange(range, subjects, (history, sum) => {
    const violations = newStrays()
    if (violations.length > 0) sum.broken.push({ history, violations })
    seeds[at] = history.seed + 1
  })
  const done: Done = { tally, heapBytes: weighed ? heapBytes() : undefined }
  parentPort?.postMessage(done)
}

parentPort?.on('message', (job: Job) => void run(job))
