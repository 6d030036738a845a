/**
 * The full SDK as browsers get it. Node's build of it speaks gRPC, which no mock of `fetch` can see; this one speaks WebChannel
 * over `fetch`. In Node it is named by its path because the package exports it to browsers only.
 */
export async function browserBuild(): Promise<typeof import('firebase/firestore')> {
  if ('document' in globalThis) return import('firebase/firestore')
  const [{ createRequire }, { dirname, join }, { pathToFileURL }] = await Promise.all([
    import('node:module'),
    import('node:path'),
    import('node:url'),
  ])
  const node = createRequire(import.meta.url).resolve('@firebase/firestore')
  const path = join(dirname(node), 'index.esm.js')
  return import(/* @vite-ignore */ pathToFileURL(path).href)
}
