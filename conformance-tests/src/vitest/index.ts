import { describe, test } from 'vitest'
import type { Suite } from '../core/scenario.ts'
import type { RemoteHarness, StoreHarness } from '../harness.ts'
import { remoteSuite } from '../remotes/suite.ts'
import { storeSuite } from '../stores/suite.ts'

function register(suite: Suite): void {
  describe(`${suite.kind} ${suite.name}`, () => {
    for (const { clause, title, gap, run } of suite.cases) {
      const label = `[${clause}] ${title}${gap === undefined ? '' : ` (known gap: ${gap})`}`
      test(label, { timeout: 120_000 }, async ({ skip }) => {
        const outcome = await run()
        if (outcome.status === 'skipped') skip(outcome.reason)
        if (outcome.status === 'failed') throw outcome.error
      })
    }
  })
}

/** Registers every clause of the LocalStore contract as a vitest test; clauses that do not apply are skipped with the reason. */
export function describeLocalStore(harness: StoreHarness): void {
  register(storeSuite(harness))
}

/** Registers every clause of the RemoteAdapter contract as a vitest test; clauses that do not apply are skipped with the reason. */
export function describeRemoteAdapter(harness: RemoteHarness): void {
  register(remoteSuite(harness))
}
