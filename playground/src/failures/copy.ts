import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readdir, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { root } from './catalogue.ts'

const run = promisify(execFile)
const here = fileURLToPath(root)

/** A folder of links to what is in another, without `.bin` and the caches of tools. */
async function linkAll(from: string, to: string, isOther: (name: string) => boolean): Promise<void> {
  await mkdir(to, { recursive: true })
  const names = (await readdir(from).catch(() => [])).filter((name) => !name.startsWith('.') && isOther(name))
  await Promise.all(names.map((name) => symlink(join(from, name), join(to, name))))
}

/**
 * A copy of the working tree, uncommitted changes included, in which the packages of the workspace see each other and not the
 * originals; everything else that is installed is linked. Gone after `close`.
 */
export async function copyOfProject(): Promise<{ readonly path: string; close(): Promise<void> }> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'rowkeep-planted-')))
  const { stdout } = await run('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: here, maxBuffer: 1e8 })
  for (const name of new Set(stdout.split('\0').filter((one) => one !== ''))) {
    await mkdir(dirname(join(path, name)), { recursive: true })
    // A file may be deleted in the working tree and still be known to git.
    await copyFile(join(here, name), join(path, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
  }
  await linkAll(join(here, 'node_modules'), join(path, 'node_modules'), (name) => name !== '@rowkeep')
  await mkdir(join(path, 'node_modules/@rowkeep'))
  for (const name of await readdir(join(here, 'node_modules/@rowkeep'))) {
    await symlink(join(path, name), join(path, 'node_modules/@rowkeep', name))
    await linkAll(join(here, name, 'node_modules'), join(path, name, 'node_modules'), () => true)
    await symlink(join(here, name, 'dist'), join(path, name, 'dist'))
  }
  return { path, close: () => rm(path, { recursive: true, force: true }) }
}
