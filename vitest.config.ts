import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig } from 'vitest/config'

// Tests run from source: the condition names each package's `src` in its `exports`.
const conditions = ['@rowkeep/source']
const packages = [
  'kernel',
  'local-stores',
  'adapters-rest',
  'adapters-supabase',
  'adapters-firestore',
  'adapters-appsync',
  'conformance-tests',
  'playground',
]

export default defineConfig({
  test: {
    reporters: ['default', './vitest.reporter.ts'],
    projects: packages.map((name) => ({
      resolve: { conditions },
      ssr: { resolve: { conditions } },
      test: {
        name,
        root: `./${name}`,
        include: ['test/**/*.test.ts'],
        setupFiles: [fileURLToPath(new URL('vitest.setup.ts', import.meta.url))],
        // What only a browser can run: `npm run test:browser`.
        exclude: [...configDefaults.exclude, 'test/browser/**'],
        testTimeout: 30_000,
        hookTimeout: 60_000,
        typecheck: { enabled: true, include: ['test/**/*.test-d.ts'], tsconfig: './tsconfig.test.json' },
      },
    })),
    coverage: { provider: 'v8', include: ['*/src/**/*.ts'] },
  },
})
