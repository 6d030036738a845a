import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  createSyncClient,
  errorOf,
  memoryStore,
  platformEnv,
  record,
  SyncError,
  type SyncErrorCode,
} from '../src/index.ts'
import { migrations } from '../src/migrations/index.ts'
import { moreOperators } from '../src/operators/index.ts'

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

const table = read('README.md').split('\n## Options\n')[1]?.split('\n## ')[0] ?? ''
const rows = [...table.matchAll(/^\| `(\w+)` \| (.+?) \| /gm)].map(([, name, value]) => [name, value] as const)
const documented = rows.map(([name]) => name as string)

const source = read('src/client/options.ts')

function failure(options: object): string | undefined {
  try {
    createSyncClient({ collections: { tasks: record<{ id: string }>() }, ...options })
    return undefined
  } catch (error) {
    return String(error)
  }
}

const refusal = (name: string): string | undefined => failure({ [name]: null })?.replace(`"${name}"`, '…')
const isUnknown = (name: string): boolean => refusal(name) === refusal('noSuchOption')

describe('the table of options', () => {
  it('names exactly the options the code accepts', () => {
    // Any word of the file that declares them might be one.
    const words = [...new Set(source.match(/[a-z]\w*/gi))].filter((word) => !(word in Object.prototype))
    expect(words.filter((word) => !isUnknown(word)).sort()).toEqual([...documented].sort())
  })

  it('gives the defaults of the code', () => {
    const times = rows.filter(([name]) => name?.endsWith('Ms'))
    expect(times).toHaveLength(4)
    for (const [name, value] of times) expect(source).toContain(`${name}: ${value?.replace(' ', '_')}`)
  })

  it('names options that can all be given together', () => {
    const failed = async (): Promise<never> => {
      throw errorOf({ code: 'SYNC_NETWORK' })
    }
    const limits = { operations: 1, requestBytes: 1000, recordBytes: 1000, idBytes: 100, pageRows: 1, parallel: 1 }
    const all: Record<string, unknown> = {
      collections: { tasks: record<{ id: string }>() },
      remote: { name: 'none', capabilities: { conditions: [], operators: [], limits }, pull: failed, push: failed },
      store: memoryStore(),
      durability: 'none',
      user: 'ada',
      scope: { tasks: () => undefined },
      conflict: { tasks: () => 'local' },
      operators: moreOperators,
      migrations: migrations({ version: 1, steps: [] }),
      use: [{ name: 'nothing' }],
      sync: 'manual',
      env: platformEnv,
      requestTimeoutMs: 1,
      pullIntervalMs: 1,
      retryMinMs: 1,
      retryMaxMs: 1,
    }
    expect(Object.keys(all)).toEqual(documented)
    expect(failure(all)).toBeUndefined()
  })

  it('has at most 24 of them', () => {
    expect(documented.length).toBeLessThanOrEqual(24)
  })
})

describe('the table of error codes', () => {
  const section = read('README.md').split('\n## Errors\n')[1]?.split('\n## ')[0] ?? ''
  const errors = [...section.matchAll(/^\| `(SYNC_\w+)` \| `(\w+)` \| (.+) \| (.+) \|$/gm)]
  const listed = errors.map(([, code]) => code as SyncErrorCode)

  it('lists exactly the codes of the type, each once', () => {
    const declared = [...read('src/errors/codes.ts').matchAll(/^ {2}\| '(SYNC_\w+)'$/gm)].map(([, code]) => code)
    expect(declared.length).toBeGreaterThan(0)
    expect(listed).toHaveLength(declared.length)
    expect(new Set<unknown>(listed)).toEqual(new Set(declared))
  })

  it('gives the retry class of the code', () => {
    const known = listed.map((code) => [code, new SyncError(code)] as const)
    // A code that the kernel does not know would have no recovery.
    expect(known.filter(([, { recovery }]) => recovery === '')).toEqual([])
    expect(errors.map(([, code, retry]) => [code, retry])).toEqual(known.map(([code, { retry }]) => [code, retry]))
  })
})

it('the table of entry points names exactly those of the package', () => {
  const { exports } = JSON.parse(read('package.json')) as { readonly exports: object }
  const entries = Object.keys(exports).filter((path) => path !== './package.json')
  const named = [...read('README.md').matchAll(/^\| `(@rowkeep\/kernel[^`]*)` \|/gm)].map(([, name]) => name)
  expect(new Set(named)).toEqual(new Set(entries.map((path) => path.replace('.', '@rowkeep/kernel'))))
})
