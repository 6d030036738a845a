import { restAdapter } from '@rowkeep/adapters-rest'
import {
  changesSince,
  ifMatch,
  listing,
  overwrite,
  type PlainOptions,
  plainRoutes,
} from '@rowkeep/adapters-rest/routes'
import { type PlainDoubleOptions, plainDouble, restDouble } from '@rowkeep/adapters-rest/testing'
import { modelServer } from '@rowkeep/kernel/testing'
import type { Simulated } from './simulated.ts'

const collections: PlainOptions['collections'] = { notes: { path: '/notes' }, tasks: { path: '/tasks' } }

const plain = (
  routes: Omit<PlainOptions, 'collections' | 'session'>,
  options: Omit<PlainDoubleOptions, 'server'>,
): Simulated => ({
  double: (env) => plainDouble({ ...options, server: modelServer({ env }) }),
  adapter: ({ origin }, { user, token }) => {
    const session = (): { user: string; token: string } => ({ user, token: token() })
    return restAdapter({ url: origin, routes: plainRoutes({ collections, session, ...routes }) })
  },
})

/** A server of the protocol, over an embedded PostgreSQL. */
export const rest: Simulated = {
  double: () => restDouble(),
  adapter: ({ origin }, { token }) => restAdapter({ url: `${origin}/sync`, token }),
}

/** Versions as ETags, changes by time, deletions marked. */
export const restPlain: Simulated = plain(
  { feed: changesSince({ deleted: 'deleted', overlapMs: 100 }), writes: ifMatch({ revisions: 'ordered' }) },
  {},
)

/** The same where nothing stays of what was deleted, so that everything is listed in each run. */
export const restSweep: Simulated = plain(
  { feed: changesSince({ overlapMs: 100, sweepMs: 0 }), writes: ifMatch() },
  { deletions: 'forgotten' },
)

/** No versions: whole lists, whole records. */
export const restList: Simulated = plain(
  { feed: listing(), writes: overwrite() },
  { versions: 'none', deletions: 'forgotten', feed: 'list' },
)
