import { noNews } from '../conflict/context.ts'
import { park } from '../conflict/reconcile.ts'
import type { Feed, RemoteChange } from '../contracts/remote-adapter.ts'
import { keyOfRecord, type RecordKey } from '../model/identity.ts'
import { feedEntry } from './feeds.ts'
import { takeLive } from './page.ts'
import type { Intake, Work } from './ports.ts'
import { askResolver } from './resolving.ts'

/** Commits what `take` does, tells the app what that brought, and asks its resolvers. */
export async function takeIn(work: Work, take: (intake: Intake) => void): Promise<void> {
  const { journal, events, tally } = work
  const news = await journal.write((draft) => {
    const intake = { ...work, draft, ...noNews() }
    take(intake)
    return intake
  })
  tally.pushed += news.pushed
  tally.pulled += news.pulled
  tally.conflicts += news.conflicts
  for (const [event, value] of news.told) events.emit(event, value as never)
  for (const key of news.questions) work.background(ask(work, key))
}

async function ask(work: Work, key: RecordKey): Promise<void> {
  const { asking, journal, events } = work
  const signal = work.signal()
  asking.add(key)
  try {
    await askResolver(work, signal, key)
  } catch (error) {
    if (signal.aborted) return
    // The conflict goes to a person; the resolver's own failure is for whoever looks on.
    await journal.write((draft) => park({ draft }, key))
    events.emit('listener:failed', { error })
  } finally {
    asking.delete(key)
    work.want()
  }
}

/**
 * What a live channel tells of a feed: rows, where versions tell which are news; else only that there is something to pull, as long as
 * no page has told which history they are of, too.
 */
export function hear(work: Work, feed: Feed, changes: readonly RemoteChange[]): void {
  const { epoch, at = epoch } = feedEntry(work, feed)
  if (!work.ordered || at === undefined) return work.want(true)
  for (const change of changes) work.recent.add(keyOfRecord(change))
  work.background(work.take((taking) => takeLive(taking, feed, changes)))
}
