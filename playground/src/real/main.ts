import { install } from './install.ts'
import type { Judge } from './judge.ts'
import { judges } from './judges.ts'
import { type Counts, reporter } from './report.ts'

const write = (line: string): void => void process.stdout.write(`${line}\n`)
const counts: Counts = { passed: 0, failed: 0, differed: 0, skipped: 0 }
const findings = reporter(write, counts)

async function hear(judge: Judge): Promise<void> {
  write(`\n${judge.name}: ${judge.who}`)
  try {
    const packages = Object.entries(judge.packages).map(([name, version]) => `${name}@${version}`)
    if (packages.length > 0) write(`  installs ${packages.join(', ')}`)
    const installed = await install(judge).catch((error: unknown) => {
      findings.skip(`all of ${judge.name}`, `cannot be installed: ${String(error)}`)
      return undefined
    })
    if (installed) await judge.run(findings, installed)
  } catch (error) {
    await findings.check(`${judge.name} runs to its end`, () => Promise.reject(error as Error))
  }
}

const names = process.argv.slice(2)
const strangers = names.filter((name) => !judges.some((judge) => judge.name === name))
if (strangers.length > 0) {
  write(`there is no judge ${strangers.join(', ')}; there are ${judges.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}
for (const judge of judges) if (names.length === 0 || names.includes(judge.name)) await hear(judge)
const { passed, failed, differed, skipped } = counts
write(`\n${passed} passed, ${failed} failed, ${skipped} skipped\n${differed} known differences`)
// Servers of other people may leave timers and sockets behind.
process.exit(failed === 0 ? 0 : 1)
