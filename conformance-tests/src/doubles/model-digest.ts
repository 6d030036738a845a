import type { Feed, RowHead } from '@rowkeep/kernel'
import { matches } from '@rowkeep/kernel/adapters'
import { type Account, isLive, revisionOf } from './account.ts'
import type { Profile } from './profile.ts'

/** The rows as both sides compare them. */
export function versionsOf(rows: Iterable<RowHead>, { defect }: Profile): readonly string[] {
  const version = ({ collection, id, revision }: RowHead): string =>
    JSON.stringify([collection, id, defect === 'digest-without-revisions' ? null : revision])
  return Array.from(rows, version).sort()
}

/** The versions of a feed's living rows. */
export function modelDigest(accounts: readonly Account[], feed: Feed, profile: Profile): readonly string[] {
  const rows = accounts.flatMap((account) => [...account.rows.values()]).filter(isLive)
  const inFeed = rows.filter(({ collection, record }) => {
    const filter = feed.filters?.[collection]
    return feed.collections.includes(collection) && (!filter || matches(filter, record))
  })
  return versionsOf(
    inFeed.map((row) => ({ ...row, revision: revisionOf(row, profile) })),
    profile,
  )
}
