import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { read, root } from '../../failures/catalogue.ts'
import { type Plant, plantedText } from './plants.ts'

const run = promisify(execFile)

/** As `tsconfig.base.json` has it, for one file alone: what it imports stays as it was built. */
const options = [
  ['--target', 'ES2023'],
  ['--module', 'ESNext'],
  ['--rewriteRelativeImportExtensions'],
  ['--verbatimModuleSyntax'],
  ['--isolatedModules'],
  ['--noResolve'],
  ['--noCheck'],
  ['--ignoreConfig'],
  ['--types', ''],
].flat()

/** One file of the build in another version. */
export interface Replaced {
  /** Address of the file as it was built. */
  readonly url: string
  /** Where the other version lies. */
  readonly path: string
}

/** Where a source file is built to. */
const builtUrl = (file: string): string => new URL(file.replace('/src/', '/dist/').replace(/\.ts$/, '.js'), root).href

/** The planted files, compiled; all are gone after `close`. */
export async function compilePlants(
  plants: readonly Plant[],
): Promise<{ readonly replaced: ReadonlyMap<Plant, Replaced>; close(): Promise<void> }> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'rowkeep-plants-')))
  const close = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    const pathIn = (part: string, { name, file }: Plant): string => join(folder, part, name, file)
    for (const plant of plants) {
      const path = pathIn('src', plant)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, plantedText(plant, await read(plant.file)))
    }
    const files = plants.map((plant) => pathIn('src', plant))
    const compiler = fileURLToPath(new URL('node_modules/typescript/bin/tsc', root))
    const args = [compiler, ...options, '--rootDir', join(folder, 'src'), '--outDir', join(folder, 'out'), ...files]
    if (files.length > 0) await run(process.execPath, args)
    const built = (plant: Plant): Replaced => ({
      url: builtUrl(plant.file),
      path: pathIn('out', plant).replace(/\.ts$/, '.js'),
    })
    for (const plant of plants) await readFile(built(plant).path)
    return { replaced: new Map(plants.map((plant) => [plant, built(plant)])), close }
  } catch (error) {
    await close()
    throw error
  }
}
