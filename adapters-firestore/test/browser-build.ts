import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * The full SDK as browsers get it. Node's build of it speaks gRPC, which no mock of `fetch` can see; this one speaks WebChannel
 * over `fetch`. It is named by its path because the package exports it to browsers only.
 */
export async function browserBuild(): Promise<typeof import('firebase/firestore')> {
  const node = createRequire(import.meta.url).resolve('@firebase/firestore')
  const path = join(dirname(node), 'index.esm.js')
  return import(/* @vite-ignore */ pathToFileURL(path).href)
}
