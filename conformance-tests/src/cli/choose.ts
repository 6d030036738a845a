import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Suite } from '../core/scenario.ts'
import { suitesOf } from './find.ts'
import type { Loader } from './loader.ts'
import { type Options, UsageError } from './options.ts'

/** The harness modules of the package in the folder, and of those below it. */
function modulesOf(folder: string): readonly string[] {
  const folders = readdirSync(folder, { withFileTypes: true }).filter((one) => one.isDirectory())
  const places = ['.', ...folders.map(({ name }) => name)]
  return places.map((name) => join(folder, name, 'test', 'conformance.ts')).filter((file) => existsSync(file))
}

function named(suites: readonly Suite[], kind: Suite['kind'], names: readonly string[]): readonly Suite[] {
  const known = suites.filter((suite) => suite.kind === kind)
  return names.map((name) => {
    const suite = known.find((one) => one.name === name)
    if (suite) return suite
    const list = known.map((one) => one.name).join(', ') || 'none'
    throw new UsageError(`there is no ${kind === 'remote' ? 'adapter' : 'store'} "${name}"; known: ${list}`)
  })
}

/** The suites that were asked for. @throws UsageError where a name or a module is not there */
export async function chosen(
  { files, adapters, stores }: Options,
  folder: string,
  loader: Loader,
): Promise<readonly Suite[]> {
  const modules = files.length > 0 ? files : modulesOf(folder)
  if (modules.length === 0)
    throw new UsageError(`give a harness module; there is no */test/conformance.ts below ${folder} either`)
  const all: Suite[] = []
  for (const module of modules) all.push(...(await suitesOf(module, loader)))
  if (adapters.length + stores.length === 0) return all
  return [...named(all, 'remote', adapters), ...named(all, 'store', stores)]
}
