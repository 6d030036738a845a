import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const root = new URL('../../', import.meta.url)
const compiler = fileURLToPath(new URL('node_modules/typescript/bin/tsc', root))
const typeRoot = fileURLToPath(new URL('node_modules/@types', root))

/** How a command ended, and everything it printed. */
export interface Run {
  readonly exitCode: number | null
  readonly output: string
}

/** Runs a command to its end. */
export async function run(command: string, args: readonly string[], cwd: string): Promise<Run> {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const collect = (text: Buffer): void => {
    output += text
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  const [exitCode] = (await once(child, 'close')) as [number | null]
  return { exitCode, output }
}

/** How an app resolves packages: as Node does, or as a bundler does. */
export type Resolution = 'nodenext' | 'bundler'

/** How {@link compile} is varied. */
export interface CompileOptions {
  /** Writes JavaScript there. Default: nothing is written. */
  readonly outDir?: string
  /** Takes the declarations of packages as they are: not every vendor's pass the strictest settings. Default false. */
  readonly skipLibCheck?: boolean
}

/** Compiles the TypeScript files of a folder with the strictest settings an app may have, the declarations of packages included. */
export async function compile(
  folder: string,
  resolution: Resolution,
  { outDir, skipLibCheck = false }: CompileOptions = {},
): Promise<Run> {
  const compilerOptions = {
    module: resolution === 'nodenext' ? 'nodenext' : 'esnext',
    moduleResolution: resolution,
    target: 'es2023',
    lib: ['ES2023', 'DOM', 'DOM.Iterable', 'ESNext.Disposable'],
    typeRoots: [typeRoot],
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    skipLibCheck,
    ...(outDir === undefined
      ? { noEmit: true, allowImportingTsExtensions: true }
      : { outDir, rootDir: '.', rewriteRelativeImportExtensions: true }),
  }
  const project = `tsconfig.${resolution}.json`
  await writeFile(new URL(project, `file://${folder}/`), JSON.stringify({ compilerOptions, include: ['*.ts'] }))
  return run(process.execPath, [compiler, '-p', project], folder)
}
