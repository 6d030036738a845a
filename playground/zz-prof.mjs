import { createSyncClient, record, memoryStore } from '@rowkeep/kernel'
const mode = process.argv[2]
const c = createSyncClient({ collections: { tasks: record() }, store: memoryStore() })
if (mode.includes('s')) c.status.subscribe(() => {})
const N = Number(process.argv[3])
let t = performance.now()
if (mode.includes('w')) for (let i = 0; i < N; i++) await c.collections.tasks.create({ id: `w${i}`, title: 'x' })
if (mode.includes('e')) { await c.collections.tasks.create({ id: 'x', title: 'x' }); for (let i = 0; i < N; i++) await c.collections.tasks.update('x', { n: i }) }
console.log(mode, N, Math.round(performance.now() - t))
await c.dispose()
