import { readFile } from 'node:fs/promises'
import type { InitializeHook, LoadHook } from 'node:module'
import type { Replaced } from './compile.ts'

let replaced: Replaced | undefined

/** Told which file of the build is to be served in another version. */
export const initialize: InitializeHook<Replaced | undefined> = (data) => {
  replaced = data
}

/** Serves that file, under its own address, so that what it imports is found. */
export const load: LoadHook = async (url, context, next) =>
  url === replaced?.url
    ? { format: 'module', source: await readFile(replaced.path), shortCircuit: true }
    : next(url, context)
