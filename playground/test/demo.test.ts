import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { run } from './tsc.ts'

const demo = fileURLToPath(new URL('../dist/demo/main.js', import.meta.url))

it('plays the demo to its end and finds all replicas equal', { timeout: 180_000 }, async () => {
  const { exitCode, output } = await run(process.execPath, [demo], '.')
  expect(output).toMatch(/✓ Both devices and the server agree\.\n+$/)
  expect(output).not.toContain('\x1b')
  expect(exitCode).toBe(0)
})
