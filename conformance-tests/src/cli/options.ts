import { parseArgs } from 'node:util'

/** A call that cannot be carried out as it was made; the message says how to make it. */
export class UsageError extends Error {}

/** What was asked for. */
export interface Options {
  readonly files: readonly string[]
  readonly adapters: readonly string[]
  readonly stores: readonly string[]
  /** What to do with the clause tables of READMEs; `undefined`: nothing. */
  readonly tables: 'write' | 'check' | undefined
  readonly help: boolean
}

/** How to call the command. */
export const usage = `usage: conformance-tests <harness module> ...
       conformance-tests [--adapter <name>] [--store <name>] [--tables write|check]

A harness module is JavaScript or TypeScript that exports what defineRemoteHarness() or defineStoreHarness() made.
Without a module, test/conformance.ts of the current folder and of the folders in it are run; the options choose among
them by name, and may be given several times.

--tables write   puts each table of clauses between the markers <!-- clauses <name> --> and <!-- /clauses --> of
                 README.md in the folder above that of the harness module
--tables check   fails where what stands there is not what the run found

exit code: 0 all clauses hold, 1 some do not, 2 the call was wrong`

/** @throws UsageError for an unknown option */
export function parseOptions(args: readonly string[]): Options {
  const multiple = { type: 'string', multiple: true } as const
  const options = {
    adapter: multiple,
    store: multiple,
    tables: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  } as const
  try {
    const { positionals, values } = parseArgs({ args: [...args], options, allowPositionals: true })
    const { adapter = [], store = [], tables, help = false } = values
    if (tables !== undefined && tables !== 'write' && tables !== 'check')
      throw new Error(`--tables takes write or check, not ${tables}`)
    return { files: positionals, adapters: adapter, stores: store, tables, help }
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : 'unknown option', { cause })
  }
}
