import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const bin = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const run = (...args: string[]) => spawnSync(process.execPath, [bin, ...args], { encoding: 'utf8' })

test.skipIf(!existsSync(bin))('as built, it prints to stdout with 0, and refuses on stderr with 2', () => {
  const good = run('wire')
  expect([good.status, good.stderr, good.stdout.startsWith('The sync wire')]).toEqual([0, '', true])
  const wrong = run('dance')
  expect([wrong.status, wrong.stdout]).toEqual([2, ''])
  expect(wrong.stderr).toContain('no command "dance"')
})
