import { register } from 'node:module'
import type { Job, Report } from './job.ts'

const job = JSON.parse(process.argv[2] ?? '') as Job
if (job.replaced) register('./hook.js', import.meta.url, { data: job.replaced })

// Only now: whatever is imported from here on may be the planted file.
const { searchFor } = await import('./search.ts')
await searchFor(job, (report: Report) => void process.send?.(report))
process.disconnect?.()
