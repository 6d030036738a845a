import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { storageCommands } from './local-stores/test/browser/support/storage-commands.ts'
import { tabCommands } from './local-stores/test/browser/support/tab-commands.ts'

// A page can load MSW's service worker from its own origin only, and it must be the one of the installed version.
const publicDir = fileURLToPath(new URL('node_modules/.cache/rowkeep-browser', import.meta.url))
mkdirSync(publicDir, { recursive: true })
copyFileSync(createRequire(import.meta.url).resolve('msw/mockServiceWorker.js'), `${publicDir}/mockServiceWorker.js`)
// What a further tab shows: nothing. The scenes that run in it are imported; vitest has every `import()` of a module go through
// a function that only its own page has.
const runner = 'globalThis.__vitest_browser_runner__ = { wrapDynamicImport: (load) => load() }'
writeFileSync(`${publicDir}/tab.html`, `<!doctype html><title>tab</title><script>${runner}</script>`)

const { CHROMIUM_PATH: executablePath = '/usr/bin/chromium' } = process.env

export default defineConfig({
  publicDir,
  resolve: { conditions: ['@rowkeep/source', 'module', 'browser', 'development'] },
  // It finds its WebAssembly from where its module lies.
  optimizeDeps: { exclude: ['@electric-sql/pglite'] },
  test: {
    name: 'browser',
    reporters: ['default', './vitest.reporter.ts'],
    include: [
      'conformance-tests/test/wire.test.ts',
      'adapters-*/test/conformance.test.ts',
      'local-stores/test/browser/**/*.test.ts',
    ],
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: { executablePath } }),
      instances: [{ browser: 'chromium' }],
      commands: { ...tabCommands, ...storageCommands },
    },
  },
})
