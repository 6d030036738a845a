import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Snippet, snippets } from './readme.ts'
import { compile, run } from './tsc.ts'

const document = 'docs/from-datum-and-datastore.md'
const dist = fileURLToPath(new URL('../dist', import.meta.url))
let found: readonly Snippet[] = []
let folder = ''

/** What an example says that it prints: the text behind each `//> `, in order. */
const promised = (code: string): readonly string[] => [...code.matchAll(/\/\/> (.*)$/gm)].map(([, text = '']) => text)

/** Runs a file in a process of its own; the marks tell what it printed itself from what a module it imports prints. */
const script = (file: string): string => `
  setTimeout(() => process.exit(124), 120_000).unref()
  await import('./backend.js')
  console.log('--- begin')
  await import('./${file.replace(/\.ts$/, '.js')}')
  console.log('--- end')
  process.exit(0)
`

/** What an example printed; all of its output where it did not come to its end. */
async function printedBy(file: string): Promise<readonly string[]> {
  const name = `run-${file.replace(/\.ts$/, '.mjs')}`
  await writeFile(join(folder, 'built', name), script(file))
  const { exitCode, output } = await run(process.execPath, [`built/${name}`], folder)
  const printed = exitCode === 0 ? /--- begin\n([\s\S]*?)\n?--- end/.exec(output)?.[1] : undefined
  return (printed ?? `exit code ${exitCode}: ${output}`).split('\n')
}

beforeAll(async () => {
  found = await snippets(document)
  await mkdir(dist, { recursive: true })
  folder = await mkdtemp(join(dist, 'guide-'))
  for (const { file, code } of found) await writeFile(join(folder, file), `${code}\nexport {}\n`)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it('compiles every example as an app would', { timeout: 120_000 }, async () => {
  expect(await compile(folder, 'nodenext', { outDir: 'built', skipLibCheck: true })).toEqual({
    exitCode: 0,
    output: '',
  })
})

it('prints in every example what the page says', { timeout: 900_000 }, async () => {
  const examples = found.filter(({ code }) => promised(code).length > 0)
  const left = [...examples]
  const printed = new Map<string, readonly string[]>()
  const lane = async (): Promise<void> => {
    for (let next = left.shift(); next; next = left.shift()) printed.set(next.file, await printedBy(next.file))
  }
  await Promise.all([lane(), lane()])
  expect(examples.length).toBeGreaterThan(20)
  for (const { file, code } of examples) {
    expect({ file, printed: printed.get(file) }).toEqual({ file, printed: promised(code) })
  }
})

it('runs every example: only files that others import print nothing', () => {
  const silent = found.filter(({ code }) => promised(code).length === 0).map(({ file }) => file)
  expect(silent).toEqual(['backend.ts', 'app.ts'])
})
