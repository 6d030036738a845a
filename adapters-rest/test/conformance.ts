import { type Backend, type Device, defineRemoteHarness, type RemoteHarness } from '@rowkeep/conformance-tests'
import type { RemoteAdapter } from '@rowkeep/kernel'
import { restAdapter } from '../src/index.ts'
import { changesSince, ifMatch, listing, overwrite, type PlainOptions, plainRoutes } from '../src/routes/index.ts'
import { plainDouble, restDouble } from '../src/testing/index.ts'

const codecs = { date: 'due', bigint: 'serial', decimal: 'price', bytes: 'scan' } as const
const fields = { due: 'date', serial: 'bigint', price: 'decimal', scan: 'bytes' } as const

/** The adapter of this package before the server of this package, on an embedded database. */
export const harness: RemoteHarness = defineRemoteHarness({
  name: 'rest',
  codecs,
  backend: () => restDouble(),
  adapter: ({ origin }, { token }) => restAdapter({ url: `${origin}/sync`, token, collections: { notes: { fields } } }),
})

// By query, because ids such as ".." cannot be a segment of any path.
const collections: PlainOptions['collections'] = {
  notes: { path: '/notes', item: '/notes?id={id}', fields },
  tasks: { path: '/tasks', item: '/tasks?id={id}' },
}

/** An app knows whose its tokens are; one it has never seen it takes for its own user's. */
const owners: Readonly<Record<string, string>> = { 'token-of-ada': 'ada', 'token-of-bob': 'bob' }

const plain =
  (routes: Omit<PlainOptions, 'collections'>) =>
  ({ origin }: Backend, { token, user }: Device): RemoteAdapter => {
    const session = (): { user: string; token: string } => ({ user: owners[token()] ?? user, token: token() })
    return restAdapter({ url: origin, routes: plainRoutes({ collections, session, ...routes }) })
  }

/** Versions as ETags, changes by time, deletions marked. */
export const etag: RemoteHarness = defineRemoteHarness({
  name: 'rest-etag',
  codecs,
  backend: () => plainDouble(),
  adapter: plain({
    feed: changesSince({ deleted: 'deleted', overlapMs: 100 }),
    writes: ifMatch({ revisions: 'ordered' }),
  }),
})

/** The same where nothing stays of what was deleted, so that everything has to be listed now and then. */
export const sweep: RemoteHarness = defineRemoteHarness({
  name: 'rest-etag-sweep',
  codecs,
  backend: () => plainDouble({ deletions: 'forgotten' }),
  adapter: plain({ feed: changesSince({ overlapMs: 100, sweepMs: 0 }), writes: ifMatch() }),
})

/** A server that is only read. */
export const cache: RemoteHarness = defineRemoteHarness({
  name: 'rest-cache',
  writes: 'none',
  codecs,
  backend: () => plainDouble({ versions: 'none', writable: false }),
  adapter: plain({ feed: changesSince({ deleted: 'deleted', overlapMs: 100 }) }),
})

/** The same where it gives nothing but whole lists. */
export const cachedList: RemoteHarness = defineRemoteHarness({
  name: 'rest-cache-list',
  writes: 'none',
  codecs,
  backend: () => plainDouble({ versions: 'none', deletions: 'forgotten', writable: false, feed: 'list' }),
  adapter: plain({ feed: listing() }),
})

/** No versions: whole lists, whole records. */
export const lww: RemoteHarness = defineRemoteHarness({
  name: 'rest-lww',
  codecs,
  backend: () => plainDouble({ versions: 'none', deletions: 'forgotten', feed: 'list' }),
  adapter: plain({ feed: listing(), writes: overwrite() }),
})
