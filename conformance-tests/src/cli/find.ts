import { existsSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Suite } from '../core/scenario.ts'
import type { RemoteHarness, StoreHarness } from '../harness.ts'
import { remoteSuite } from '../remotes/suite.ts'
import { storeSuite } from '../stores/suite.ts'
import { UsageError } from './options.ts'

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
const isRemote = (value: unknown): value is RemoteHarness =>
  isObject(value) && typeof value['backend'] === 'function' && typeof value['adapter'] === 'function'
const isStore = (value: unknown): value is StoreHarness => isObject(value) && typeof value['place'] === 'function'

async function loadModule(path: string): Promise<Record<string, unknown>> {
  if (!/^\.[mc]?tsx?$/.test(extname(path))) return (await import(pathToFileURL(path).href)) as Record<string, unknown>
  const { runnerImport } = await import('vite').catch((cause: unknown) => {
    throw new UsageError(`${path} is TypeScript, which needs vite: npm install --save-dev vite (vitest brings it)`, {
      cause,
    })
  })
  // In a repository of packages the condition finds their sources; elsewhere nothing declares it.
  const conditions = ['@rowkeep/source', 'node', 'import', 'default']
  const config = {
    configFile: false,
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    logLevel: 'error',
  } as const
  return (await runnerImport<Record<string, unknown>>(path, config)).module
}

/** A suite for each harness that the module exports. @throws UsageError where there is no file, or no harness in it */
export async function suitesOf(file: string): Promise<readonly Suite[]> {
  const path = resolve(file)
  if (!existsSync(path)) throw new UsageError(`there is no file ${path}`)
  const found: Suite[] = []
  for (const value of Object.values(await loadModule(path))) {
    if (isRemote(value)) found.push(remoteSuite(value))
    else if (isStore(value)) found.push(storeSuite(value))
  }
  if (found.length > 0) return found
  throw new UsageError(`${path} exports no harness: export one made by defineRemoteHarness() or defineStoreHarness()`)
}
