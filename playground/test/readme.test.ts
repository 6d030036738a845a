import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { snippets } from './readme.ts'
import { compile } from './tsc.ts'

// Inside this package, so that the packages resolve as built; inside `dist`, so that no tool takes it for source.
const dist = fileURLToPath(new URL('../dist', import.meta.url))
// What the examples take from the app around them.
const session = `export const session: { user: string; token: string; renew(): Promise<boolean> } =
  { user: 'ada', token: 'secret', renew: async () => false }\n`
const documents = [
  { document: 'README.md', skipLibCheck: false },
  { document: 'kernel/README.md', skipLibCheck: false },
  { document: 'adapters-rest/README.md', skipLibCheck: false },
  { document: 'local-stores/README.md', skipLibCheck: false },
  { document: 'adapters-supabase/README.md', skipLibCheck: true },
  { document: 'adapters-firestore/README.md', skipLibCheck: true },
  { document: 'adapters-appsync/README.md', skipLibCheck: true },
  { document: 'docs/doubles.md', skipLibCheck: true },
]
let folder = ''

beforeAll(async () => {
  await mkdir(dist, { recursive: true })
  folder = await mkdtemp(join(dist, 'readme-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it.each(documents)(
  'type-checks every snippet of $document as an app would',
  { timeout: 120_000 },
  async ({ document, skipLibCheck }) => {
    const found = await snippets(document)
    expect(found.length).toBeGreaterThan(0)
    const here = join(folder, document)
    await mkdir(here, { recursive: true })
    await writeFile(join(here, 'session.ts'), session)
    for (const { file, code } of found) await writeFile(join(here, file), `${code}\nexport {}\n`)
    expect(await compile(here, 'nodenext', { skipLibCheck })).toEqual({ exitCode: 0, output: '' })
  },
)

it('has the files that the texts around its snippets name', async () => {
  const files = (await snippets()).map(({ file }) => file)
  expect(files).toEqual(expect.arrayContaining(['quick-start.ts', 'app.ts', 'backend.ts', 'server.ts']))
})
