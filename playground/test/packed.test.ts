import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type PostgresStorage, pgliteSql, postgresStorage } from '@rowkeep/adapters-rest/postgres'
import { nodeListener, syncHandler } from '@rowkeep/adapters-rest/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { snippets } from './readme.ts'
import { compile, type Run, run } from './tsc.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const packages = [
  'kernel',
  'local-stores',
  'adapters-rest',
  'adapters-supabase',
  'adapters-firestore',
  'adapters-appsync',
  'conformance-tests',
]
/** What the examples take from others. */
const libraries = ['zod', 'valibot', 'vitest', 'fake-indexeddb']
const entries = [
  '@rowkeep/kernel',
  '@rowkeep/kernel/feeds',
  '@rowkeep/kernel/inbox',
  '@rowkeep/kernel/middleware',
  '@rowkeep/kernel/migrations',
  '@rowkeep/kernel/operators',
  '@rowkeep/kernel/pages',
  '@rowkeep/kernel/relations',
  '@rowkeep/kernel/resolvers',
  '@rowkeep/kernel/remote-query',
  '@rowkeep/kernel/tabs',
  '@rowkeep/kernel/transactions',
  '@rowkeep/kernel/users',
  '@rowkeep/local-stores/compressed',
  '@rowkeep/local-stores/encrypted',
  '@rowkeep/local-stores/memory',
  '@rowkeep/local-stores/file',
  '@rowkeep/local-stores/indexeddb',
  '@rowkeep/local-stores/localforage',
  '@rowkeep/local-stores/testing',
  '@rowkeep/adapters-rest',
  '@rowkeep/adapters-rest/server',
  '@rowkeep/adapters-rest/postgres',
  '@rowkeep/adapters-rest/postgres/kit',
  '@rowkeep/adapters-rest/routes',
  '@rowkeep/adapters-rest/testing',
]
/** Over clients of vendors, whose declarations do not all pass the strictest settings. */
const vendorEntries = [
  '@rowkeep/kernel/testing',
  '@rowkeep/adapters-supabase',
  '@rowkeep/adapters-supabase/kit',
  '@rowkeep/adapters-supabase/testing',
  '@rowkeep/adapters-firestore',
  '@rowkeep/adapters-firestore/live',
  '@rowkeep/adapters-firestore/testing',
  '@rowkeep/adapters-appsync',
  '@rowkeep/adapters-appsync/testing',
]
let project = ''

async function succeed(command: string, args: readonly string[], cwd: string): Promise<void> {
  const { exitCode, output }: Run = await run(command, args, cwd)
  expect(exitCode, output).toBe(0)
}

// An empty project of somebody else: the tarballs as npm would publish them, and nothing of this repository around it.
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'rowkeep-packed-'))
  const tarballs = join(project, 'tarballs')
  await mkdir(tarballs)
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module' }))
  await succeed('npm', ['pack', '--pack-destination', tarballs, ...packages.flatMap((name) => ['-w', name])], root)
  const files = (await readdir(tarballs)).map((file) => `./tarballs/${file}`)
  expect(files).toHaveLength(packages.length)
  const others = await Promise.all(libraries.map(asHere))
  await succeed('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...files, ...others], project)
}, 180_000)
afterAll(() => rm(project, { recursive: true, force: true }))

/** A library in the version that this repository has. */
async function asHere(name: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8'))
  return `${name}@${version}`
}

/** The examples in a folder of the project, with their backend at `url`. */
async function writeExamples(name: string, url: string): Promise<string> {
  const folder = join(project, name)
  await cp(join(root, 'playground', 'examples'), folder, { recursive: true })
  const backend = await readFile(join(folder, 'backend.ts'), 'utf8')
  await writeFile(join(folder, 'backend.ts'), backend.replace('http://localhost:8080/sync', url))
  return folder
}

/** The README's quick start and an import of every entry point, in a folder of the project. */
async function writeApp(name: string, url: string): Promise<string> {
  const folder = join(project, name)
  await mkdir(folder)
  const quickStart = (await snippets()).find(({ file }) => file === 'quick-start.ts')?.code ?? ''
  expect(quickStart).toContain('http://localhost:8080/sync')
  await writeFile(join(folder, 'quick-start.ts'), quickStart.replace('http://localhost:8080/sync', url))
  const imports = entries.map((entry, at) => `export * as entry${at} from '${entry}'\n`)
  await writeFile(join(folder, 'entries.ts'), imports.join(''))
  return folder
}

describe('the packed packages in an empty project', () => {
  it.each(['nodenext', 'bundler'] as const)('type-check under %s, declarations included', async (resolution) => {
    const folder = await writeApp(`types-${resolution}`, 'http://localhost/sync')
    expect(await compile(folder, resolution)).toEqual({ exitCode: 0, output: '' })
    const imports = vendorEntries.map((entry, at) => `export * as vendor${at} from '${entry}'\n`)
    await writeFile(join(folder, 'vendors.ts'), imports.join(''))
    expect(await compile(folder, resolution, { skipLibCheck: true })).toEqual({ exitCode: 0, output: '' })
  })

  it.each(['nodenext', 'bundler'] as const)('type-check the examples under %s', async (resolution) => {
    const folder = await writeExamples(`examples-${resolution}`, 'http://localhost/sync')
    expect(await compile(folder, resolution, { skipLibCheck: true })).toEqual({ exitCode: 0, output: '' })
  })

  it('load under Node, every entry point', async () => {
    const load = [...entries, ...vendorEntries].map((entry) => `await import('${entry}')`).join(';')
    await succeed(process.execPath, ['--input-type=module', '--eval', load], project)
  })

  it.each([
    ['adapters-rest', 'sql', 'create'],
    ['adapters-supabase', 'kit', 'create'],
    ['adapters-firestore', 'tasks', 'rules_version'],
    ['adapters-appsync', 'Task=title:String', '@model'],
  ])('print what to set up on the backend: %s %s', async (name, what, wanted) => {
    const bin = join(project, 'node_modules', '.bin', name)
    const help = await run(bin, ['--help'], project)
    expect(help).toMatchObject({ exitCode: 0, output: expect.stringContaining(name) })
    const printed = await run(bin, [what], project)
    expect(printed.output).toContain(wanted)
    expect((await run(bin, ['--no-such-thing'], project)).exitCode).toBe(2)
  })

  it('carry no link to the repository they come from', async () => {
    const scope = join(project, 'node_modules', '@rowkeep')
    const installed = await readdir(scope, { withFileTypes: true })
    expect(installed.map((entry) => [entry.name, entry.isSymbolicLink()])).toEqual([
      ['adapters-appsync', false],
      ['adapters-firestore', false],
      ['adapters-rest', false],
      ['adapters-supabase', false],
      ['conformance-tests', false],
      ['kernel', false],
      ['local-stores', false],
    ])
  })

  describe('before a server', () => {
    const opened: { server?: Server; close?: () => Promise<void>; app?: ChildProcess } = {}
    afterAll(async () => {
      opened.app?.kill('SIGKILL')
      opened.server?.closeAllConnections()
      opened.server?.close()
      await opened.close?.()
    })

    let url = ''
    let storage: PostgresStorage
    beforeAll(async () => {
      const sql = await pgliteSql()
      storage = postgresStorage({ sql })
      const handler = syncHandler({
        storage,
        collections: ['projects', 'tasks'],
        authenticate: (request) =>
          /^Bearer token-of-(\w+)$/.exec(request.headers.get('authorization') ?? '')?.[1] ?? '',
      })
      opened.close = () => handler.close().then(() => sql.close())
      opened.server = createServer(nodeListener(handler)).listen(0, '127.0.0.1')
      await once(opened.server, 'listening')
      url = `http://127.0.0.1:${(opened.server.address() as AddressInfo).port}/sync`
    }, 60_000)

    it('run the examples', { timeout: 120_000 }, async () => {
      const folder = await writeExamples('examples', url)
      const built = await compile(folder, 'nodenext', { outDir: 'built', skipLibCheck: true })
      expect(built).toEqual({ exitCode: 0, output: '' })
      await cp(join(root, 'playground', 'test', 'support', 'browser.mjs'), join(folder, 'browser.mjs'))
      const main = ['use', 'middleware', 'plugin'].map((name) => `await import('./built/${name}.js')`)
      await writeFile(join(folder, 'main.mjs'), `${main.join('\n')}\nprocess.exit(0)\n`)
      const { exitCode, output } = await run(process.execPath, ['--import', './browser.mjs', 'main.mjs'], folder)
      expect({ exitCode, output }).toEqual({ exitCode: 0, output: expect.any(String) })
      const told = output.split('\n').filter((line) => !/^POST|^GET|up, /.test(line))
      expect(told).toEqual([
        "false House [ 'Urgent: lamp' ]",
        'Lamp applied',
        'null',
        'Lamp',
        'create in notes',
        'SYNC_UNSUPPORTED',
        '',
      ])
      expect(output).toMatch(/^POST \/sync\/push 200$/m)
    })

    it('run the quick start of the README: the task is shown here and arrives there', {
      timeout: 120_000,
    }, async () => {
      const folder = await writeApp('quick-start', url)
      expect(await compile(folder, 'nodenext', { outDir: 'built' })).toEqual({ exitCode: 0, output: '' })
      const app = spawn(process.execPath, [join('built', 'quick-start.js')], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      opened.app = app
      let output = ''
      for (const stream of [app.stdout, app.stderr]) {
        stream.on('data', (text: Buffer) => {
          output += text
        })
      }
      const titles = async (): Promise<readonly unknown[]> =>
        (await storage.rows('', 'tasks')).flatMap((row) => (row.kind === 'record' ? [row.record['title']] : []))
      await expect.poll(() => output, { timeout: 60_000 }).toContain("[ 'Pull the plug' ]")
      await expect.poll(titles, { timeout: 60_000 }).toEqual(['Pull the plug'])
      expect(app.exitCode, output).toBeNull()
    })
  })
})
