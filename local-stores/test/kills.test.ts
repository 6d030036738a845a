import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { mustBeBuilt } from './processes/child.ts'

test('20 writers killed at random moments lose, tear and double no commit', { timeout: 180_000 }, async () => {
  mustBeBuilt()
  const script = fileURLToPath(new URL('kills/main.mjs', import.meta.url))
  const child = spawn(process.execPath, [script, '20'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  const closing = /20 kills, (\d+) during a snapshot, (\d+) acknowledged commits, 0 lost, 0 torn, 0 doubled\n$/.exec(
    output,
  )
  expect(closing, output).not.toBeNull()
  expect(Number(closing?.[1]), output).toBeGreaterThan(0)
  expect(Number(closing?.[2]), output).toBeGreaterThan(20)
  expect(code).toBe(0)
})
