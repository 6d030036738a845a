import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Suite } from '../core/scenario.ts'
import type { RemoteHarness, StoreHarness } from '../harness.ts'
import { remoteSuite } from '../remotes/suite.ts'
import { storeSuite } from '../stores/suite.ts'
import type { Loader } from './loader.ts'
import { UsageError } from './options.ts'

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
const isRemote = (value: unknown): value is RemoteHarness =>
  isObject(value) && typeof value['backend'] === 'function' && typeof value['adapter'] === 'function'
const isStore = (value: unknown): value is StoreHarness => isObject(value) && typeof value['place'] === 'function'

/** A suite for each harness that the module exports. @throws UsageError where there is no file, or no harness in it */
export async function suitesOf(file: string, loader: Loader): Promise<readonly Suite[]> {
  const path = resolve(file)
  if (!existsSync(path)) throw new UsageError(`there is no file ${path}`)
  const found: Suite[] = []
  for (const value of Object.values(await loader.load(path))) {
    if (isRemote(value)) found.push({ ...remoteSuite(value), module: path })
    else if (isStore(value)) found.push({ ...storeSuite(value), module: path })
  }
  if (found.length > 0) return found
  throw new UsageError(`${path} exports no harness: export one made by defineRemoteHarness() or defineStoreHarness()`)
}
