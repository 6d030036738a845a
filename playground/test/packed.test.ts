import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pgliteSql, postgresStorage } from '@rowkeep/adapters-rest/postgres'
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
]
const entries = [
  '@rowkeep/kernel',
  '@rowkeep/kernel/inbox',
  '@rowkeep/kernel/middleware',
  '@rowkeep/kernel/operators',
  '@rowkeep/kernel/pages',
  '@rowkeep/kernel/relations',
  '@rowkeep/kernel/resolvers',
  '@rowkeep/kernel/remote-query',
  '@rowkeep/kernel/transactions',
  '@rowkeep/kernel/users',
  '@rowkeep/local-stores/compressed',
  '@rowkeep/local-stores/encrypted',
  '@rowkeep/local-stores/memory',
  '@rowkeep/local-stores/file',
  '@rowkeep/local-stores/indexeddb',
  '@rowkeep/local-stores/localforage',
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
  await succeed('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...files], project)
}, 180_000)
afterAll(() => rm(project, { recursive: true, force: true }))

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

    it('run the quick start of the README: the task is shown here and arrives there', {
      timeout: 120_000,
    }, async () => {
      const sql = await pgliteSql()
      const storage = postgresStorage({ sql })
      const handler = syncHandler({ storage, collections: ['tasks'], authenticate: () => '' })
      opened.close = () => handler.close().then(() => sql.close())
      opened.server = createServer(nodeListener(handler)).listen(0, '127.0.0.1')
      await once(opened.server, 'listening')
      const { port } = opened.server.address() as AddressInfo

      const folder = await writeApp('quick-start', `http://127.0.0.1:${port}/sync`)
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
