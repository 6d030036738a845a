import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { snippets } from './readme.ts'
import { compile } from './tsc.ts'

// Inside this package, so that the packages resolve as built; inside `dist`, so that no tool takes it for source.
const dist = fileURLToPath(new URL('../dist', import.meta.url))
const session = `export const session: { token?: string; renew(): Promise<boolean> } = { renew: async () => false }\n`
let folder = ''

beforeAll(async () => {
  await mkdir(dist, { recursive: true })
  folder = await mkdtemp(join(dist, 'readme-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it('type-checks every snippet of the README as an app would', { timeout: 120_000 }, async () => {
  const found = await snippets()
  expect(found.map(({ file }) => file)).toEqual(
    expect.arrayContaining(['quick-start.ts', 'app.ts', 'backend.ts', 'server.ts']),
  )
  await writeFile(join(folder, 'session.ts'), session)
  for (const { file, code } of found) await writeFile(join(folder, file), `${code}\nexport {}\n`)
  expect(await compile(folder, 'nodenext')).toEqual({ exitCode: 0, output: '' })
})
