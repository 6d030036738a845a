// Eight writers, slow transactions, lost answers and killed connections against a real PostgreSQL, then what is left is judged:
//   node adapters-rest/test/postgres/acceptance/main.mjs [commits] [seed]
// Runs against the built package. Exits 1 if a row is missing or stale, or an effect lost or doubled; 2 if it cannot run.
import { unavailable } from '../real-postgres.mjs'
import { judgePostgres } from './judge.mjs'

const [commits = 10_000, seed = Date.now() % 1_000_000] = process.argv.slice(2).map(Number)

if (!Number.isInteger(commits) || commits < 1 || !Number.isInteger(seed)) {
  console.error('usage: node adapters-rest/test/postgres/acceptance/main.mjs [commits] [seed]')
  process.exit(2)
}
if (unavailable !== undefined) {
  console.error(`cannot run: ${unavailable}`)
  process.exit(2)
}
// A signal alone would end this process without its end being told, and the server would stay.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))
try {
  const { faults, lines } = await judgePostgres({ commits, seed })
  for (const line of lines) console.log(line)
  console.log(faults === 0 ? 'ok' : `${faults} faults`)
  process.exitCode = faults === 0 ? 0 : 1
} catch (error) {
  console.error(error)
  process.exitCode = 1
}
