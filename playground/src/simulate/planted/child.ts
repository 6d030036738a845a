import { register } from 'node:module'
import type { Job, Report } from './job.ts'

const job = JSON.parse(process.argv[2] ?? '') as Job
if (job.replaced) register('./hook.js', import.meta.url, { data: job.replaced })

// Ctrl-C comes here too; who hunts decides what comes of it, and if that one is gone there is nobody to tell.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit())

// Only now: whatever is imported from here on may be the planted file.
const { searchFor } = await import('./search.ts')
await searchFor(job, (report: Report) => void process.send?.(report))
process.disconnect?.()
