import type { RemoteCapabilities } from '@rowkeep/kernel'
import { afterAll, expect, test } from 'vitest'
import { patience } from '../src/core/expect.ts'
import type { Suite } from '../src/core/scenario.ts'
import { modelHarness } from '../src/doubles/model-harness.ts'
import { modelStoreHarness, oneWriter, type StoreDefect } from '../src/doubles/model-store.ts'
import { checked, listing, type RemoteDefect, transactional } from '../src/doubles/profile.ts'
import type { Clause } from '../src/harness.ts'
import { remoteSuite } from '../src/remotes/suite.ts'
import { storeSuite } from '../src/stores/suite.ts'

/** The clause a defect breaks, and those that cannot hold without it. */
type Found = readonly [own: Clause, ...collateral: Clause[]]

const stores: Readonly<Record<StoreDefect, Found>> = {
  'torn-commit': ['LS-2.2'],
  'refusal-spends-number': ['LS-2.3'],
  'stale-accepted': ['LS-3.2', 'LS-3.4', 'LS-5.5'],
  'zero-is-any': ['LS-3.2'],
  'future-accepted': ['LS-3.3'],
  'check-then-wait': ['LS-3.4'],
  'number-reused-after-reopen': ['LS-3.5'],
  'first-entry-wins': ['LS-4.2'],
  'load-after-misses-removals': ['LS-4.5'],
  'load-after-misses-replacements': ['LS-4.4', 'LS-4.7'],
  'values-shared-in': ['LS-6.4'],
  'values-shared-out': ['LS-6.5'],
  'commit-to-last-opened': ['LS-6.1'],
  'namespace-cut': ['LS-6.2'],
  'destroy-by-prefix': ['LS-6.3'],
  'destroy-keeps-number': ['LS-1.5'],
  'destroy-while-open': ['LS-1.7'],
  'closed-accepted': ['LS-1.3', 'LS-6.6'],
  'close-does-not-wait': ['LS-1.4'],
  'second-writer-accepted': ['LS-5.4'],
  'removal-not-durable': ['LS-5.2'],
  'surrogates-lost': ['LS-7.1'],
  'numbers-rounded': ['LS-7.2'],
  'null-removes': ['LS-7.3'],
  'proto-field-lost': ['LS-7.4'],
  'keys-ignore-case': ['LS-7.6'],
  'non-json-accepted': ['LS-7.7'],
  'durability-over-declared': ['LS-1.9'],
  'capabilities-not-frozen': ['LS-8.1'],
  'watch-silent': ['LS-8.6'],
}

const remotes: Readonly<Record<RemoteDefect, Found>> = {
  'half-applied-group': ['RA-7.2'],
  'equal-stamps-skipped': ['RA-2.8'],
  'last-row-as-cursor': ['RA-2.7'],
  'short-page-is-end': ['RA-2.3', 'RA-2.7', 'RA-2.8', 'RA-12.6'],
  'tombstone-omitted': ['RA-3.1'],
  'eviction-omitted': ['RA-3.5'],
  'id-reuse-swallowed': ['RA-6.2'],
  'effect-twice': ['RA-6.6'],
  'conflict-overwrites': ['RA-5.3'],
  'conflict-answered-applied': ['RA-5.2'],
  'condition-ignored': ['RA-5.7', 'RA-5.10', 'RA-16.4'],
  'forbidden-as-empty': ['RA-10.2'],
  'throw-as-rejected': ['RA-11.4', 'RA-11.5', 'RA-11.6', 'RA-11.7', 'RA-11.8', 'RA-11.9', 'RA-12.4'],
  'verdicts-reversed': ['RA-4.8'],
  'over-declared-log': ['RA-6.1', 'RA-6.2', 'RA-6.3', 'RA-6.4', 'RA-6.5', 'RA-6.6', 'RA-6.7', 'RA-6.9', 'RA-7.5'],
  'over-declared-clock': ['RA-2.13'],
  'over-declared-operator': ['RA-5.10'],
  'over-declared-ordered-revisions': ['RA-1.5'],
  'under-declared-tombstones': ['RA-1.4', 'RA-3.4', 'RA-3.7'],
  'capabilities-not-frozen': ['RA-1.1'],
  'partial-row': ['RA-2.6'],
  'html-as-empty': ['RA-10.9'],
  'retry-after-date-ignored': ['RA-10.5'],
  'token-in-url': ['RA-8.4'],
  'redirect-followed': ['RA-10.13', 'RA-11.10'],
  'signal-ignored': ['RA-12.2', 'RA-12.3', 'RA-12.4'],
  'other-user-served': ['RA-8.3'],
  'expiry-silent': ['RA-13.1'],
  'epoch-kept': ['RA-13.3'],
  'live-after-unsubscribe': ['RA-14.3'],
  'poke-lost': ['RA-14.2', 'RA-14.3'],
  'id-as-path': ['RA-9.1'],
  'row-unlisted': ['RA-3.7'],
  'foreign-cursor-read': ['RA-13.5'],
  'epoch-left-out': ['RA-13.6'],
  'deleted-row-listed': ['RA-3.4', 'RA-1.4', 'RA-3.7'],
  'stale-listing': ['RA-3.7'],
  'digits-lost': ['RA-16.1', 'RA-16.2'],
  'empty-as-zero': ['RA-16.2'],
  'codec-unchecked': ['RA-16.3'],
  'compared-as-numbers': ['RA-16.4'],
  'null-unequal': ['RA-17.1'],
  'order-by-bytes': ['RA-17.2'],
  'nulls-last': ['RA-17.2'],
  'row-on-two-pages': ['RA-17.3'],
  'limit-ignored': ['RA-17.3', 'RA-17.8'],
  'query-cuts-rows': ['RA-17.4'],
  'count-of-page': ['RA-17.5', 'RA-15.1'],
  'deleted-row-found': ['RA-17.6'],
  'query-refused-as-empty': ['RA-17.7'],
  'query-writes': ['RA-17.8', 'RA-17.4'],
  'digest-always-same': ['RA-15.2', 'RA-15.3'],
  'digest-without-revisions': ['RA-15.3'],
  'digest-of-all-users': ['RA-15.4'],
}

/** Defects that make a call hang: the suite waits for them in full, so they get less time. */
const hanging: readonly string[] = ['signal-ignored', 'poke-lost', 'watch-silent']

const table: string[] = []

async function red(suite: Suite): Promise<readonly Clause[]> {
  const found: Clause[] = []
  for (const { clause, run } of suite.cases) if ((await run()).status === 'failed') found.push(clause)
  return found
}

async function expectFound(kind: string, name: string, wanted: Found, suite: Suite): Promise<void> {
  const { callMs } = patience
  if (hanging.includes(name)) patience.callMs = 1_500
  const found = await red(suite).finally(() => {
    patience.callMs = callMs
  })
  const [own, ...collateral] = wanted
  table.push(
    `${kind.padEnd(7)} ${name.padEnd(33)} ${own.padEnd(8)} ${found.includes(own) ? 'found' : 'MISSED'}  ${collateral.join(' ')}`,
  )
  expect(found).toEqual([...wanted].sort(byClause))
}

const byClause = (a: Clause, b: Clause): number => a.localeCompare(b, 'en', { numeric: true })

afterAll(() => {
  console.log(['kind    planted defect                    clause   result  also red', ...table].join('\n'))
})

test('the model store is all green', async () => {
  expect(await red(storeSuite(modelStoreHarness()))).toEqual([])
  expect(await red(storeSuite(modelStoreHarness({ capabilities: oneWriter })))).toEqual([])
})

test('the model remote is all green', async () => {
  expect(await red(remoteSuite(modelHarness()))).toEqual([])
})

const oneHolder: readonly StoreDefect[] = ['second-writer-accepted']

for (const [defect, found] of Object.entries(stores) as [StoreDefect, Found][])
  test(`a store with the defect ${defect} breaks ${found[0]}`, { timeout: 120_000 }, async () => {
    const capabilities = oneHolder.includes(defect) ? { capabilities: oneWriter } : {}
    await expectFound('store', defect, found, storeSuite(modelStoreHarness({ defect, ...capabilities })))
  })

/** Defects that need another profile than the one with everything. */
const profiles: { readonly [defect in RemoteDefect]?: RemoteCapabilities } = {
  'equal-stamps-skipped': checked,
  'capabilities-not-frozen': transactional,
  'row-unlisted': listing,
  'deleted-row-listed': listing,
  'stale-listing': listing,
}

for (const [defect, found] of Object.entries(remotes) as [RemoteDefect, Found][])
  test(`a remote with the defect ${defect} breaks ${found[0]}`, { timeout: 120_000 }, async () => {
    const capabilities = profiles[defect]
    const suite = remoteSuite(modelHarness({ defect, ...(capabilities ? { capabilities } : {}) }))
    await expectFound('remote', defect, found, suite)
  })
