import { extname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { UsageError } from './options.ts'

/** Loads harness modules; what they import later, lazily, needs it open still. */
export interface Loader {
  load(path: string): Promise<Record<string, unknown>>
  close(): Promise<void>
}

type ViteServer = Awaited<ReturnType<typeof import('vite').createServer>>

// Not vite's `runnerImport`: that closes its runner after the load, and a module's own `import()` fails from then on.
async function viteServer(path: string): Promise<ViteServer> {
  const { createServer } = await import('vite').catch((cause: unknown) => {
    const message = `${path} is TypeScript, which needs vite: npm install --save-dev vite (vitest brings it)`
    throw new UsageError(message, { cause })
  })
  // In a repository of packages the condition finds their sources; elsewhere nothing declares it.
  const conditions = ['@rowkeep/source']
  return createServer({
    configFile: false,
    appType: 'custom',
    logLevel: 'error',
    optimizeDeps: { noDiscovery: true },
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  })
}

/** A loader for JavaScript, and for TypeScript where vite is installed. */
export function openLoader(): Loader {
  let server: Promise<ViteServer> | undefined
  return {
    async load(path) {
      if (!/^\.[mc]?tsx?$/.test(extname(path))) return import(pathToFileURL(path).href)
      server ??= viteServer(path)
      return (await server).ssrLoadModule(path)
    },
    async close() {
      await (await server)?.close()
    },
  }
}
