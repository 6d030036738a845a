import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { run } from './tsc.ts'

const demo = fileURLToPath(new URL('../dist/demo/main.js', import.meta.url))

it.each(['rest', 'supabase', 'firestore', 'appsync'])(
  'plays the demo over %s to its end and finds all replicas equal',
  { timeout: 180_000 },
  async (backend) => {
    const { exitCode, output } = await run(process.execPath, [demo, `--backend=${backend}`], '.')
    expect(output).toMatch(/✓ Both devices and the server agree\.\n+$/)
    expect(output).not.toContain('\x1b')
    expect(exitCode).toBe(0)
  },
)

it.each([['--backend=oracle'], ['--backend=rest', 'more'], ['rest']])(
  'says how to call it where it is called wrong: %s',
  async (...args) => {
    const { exitCode, output } = await run(process.execPath, [demo, ...args], '.')
    expect(output).toMatch(/usage: npm run demo -- \[--backend=rest\|supabase\|firestore\|appsync\]/)
    expect(exitCode).toBe(2)
  },
)
