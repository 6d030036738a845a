import { remoteSuite } from '@rowkeep/conformance-tests'
import type { RemoteAdapter } from '@rowkeep/kernel'
import { describe, test } from 'vitest'
import { restAdapter } from '../../src/index.ts'
import { changesSince, type FeedRoute, listing, plainRoutes } from '../../src/routes/index.ts'
import { plainDouble } from '../../src/testing/index.ts'

/** The clauses that can be tried without a write: the suite has no words yet for a remote that takes none. */
const isAboutReading = (clause: string): boolean => /^RA-(1|2|3|10|13)\.|^RA-8\.[145]$|^RA-12\.[12356]$/.test(clause)

const reader =
  (feed: FeedRoute) =>
  ({ origin }: { origin: string }, device: { user: string; token: () => string }): RemoteAdapter => {
    const owners = new Map([['token-of-bob', 'bob']])
    const session = () => ({ user: owners.get(device.token()) ?? device.user, token: device.token() })
    const collections = { notes: { path: '/notes' }, tasks: { path: '/tasks' } }
    return restAdapter({ url: origin, routes: plainRoutes({ collections, session, feed }) })
  }

describe.each([
  ['changes', changesSince({ deleted: 'deleted', overlapMs: 100 })],
  ['list', listing()],
] as const)('a server that is read only, with a feed of kind %s', (feed, route) => {
  const suite = remoteSuite({
    name: `rest-cache-${feed}`,
    backend: () => plainDouble({ versions: 'none', writable: false, feed }),
    adapter: reader(route),
  })
  const clauses = suite.cases.filter(({ clause }) => isAboutReading(clause))
  test.for(clauses)('[$clause] $title', async ({ run }, { skip }) => {
    const outcome = await run()
    if (outcome.status === 'skipped') skip(outcome.reason)
    if (outcome.status === 'failed') throw outcome.error
  })
})
