import { spawn } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Installed, Judge } from './judge.ts'

// Kept between runs; the manifest tells whether what is there is what is wanted.
const rootFolder = join(tmpdir(), 'rowkeep-real')

async function npmInstall(folder: string): Promise<void> {
  const args = ['install', '--no-audit', '--no-fund', '--loglevel', 'error']
  const child = spawn('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  let complaints = ''
  child.stderr.on('data', (text: Buffer) => {
    complaints = `${complaints}${text}`.slice(-2000)
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) throw new Error(`npm install in ${folder} ended with exit ${code}\n${complaints}`)
}

/** Installs the packages of a judge, unless an earlier run did. @throws Error where npm does not end well */
export async function install({ name, packages, manifest = {} }: Judge): Promise<Installed> {
  const folder = join(rootFolder, name)
  const wanted = JSON.stringify({ private: true, ...manifest, dependencies: packages }, undefined, 2)
  const mark = join(folder, 'installed.json')
  if ((await readFile(mark, 'utf8').catch(() => '')) !== wanted) {
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'package.json'), wanted)
    await npmInstall(folder)
    await writeFile(mark, wanted)
  }
  const require = createRequire(join(folder, 'package.json'))
  return {
    folder,
    load: async (specifier) => (await import(await esmEntry(folder, specifier, require))) as unknown,
    require: (specifier) => require(specifier) as unknown,
  }
}

// `require.resolve` would choose the CommonJS entry of a package that has both.
async function esmEntry(folder: string, specifier: string, require: NodeJS.Require): Promise<string> {
  const loader = join(folder, 'resolve.mjs')
  await writeFile(loader, 'export const resolve = (specifier) => import.meta.resolve(specifier)\n')
  const { resolve } = (await import(pathToFileURL(loader).href)) as { resolve: (specifier: string) => string }
  try {
    return resolve(specifier)
  } catch {
    return pathToFileURL(require.resolve(specifier)).href
  }
}
