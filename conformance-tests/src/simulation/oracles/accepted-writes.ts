import { type Deed, deedsOf, endOf, theEnd, type Until } from './ends.ts'
import type { Story, Wrote } from './story.ts'
import { textOf } from './text.ts'
import type { Violation } from './violation.ts'

/**
 * When the tab first said that no write waits, none in a shelf either, after it had accepted one: by then that one has ended,
 * and nothing later can be what became of it.
 */
function firstCalm({ facts }: Story, statuses: readonly number[], accepted: number): Until {
  for (const number of statuses) {
    const fact = facts[number]
    if (number < accepted || fact?.kind !== 'status' || fact.status.pending > 0) continue
    const { parked, quarantined } = fact.status.writes
    // What lies on a shelf can go on from there.
    return parked + quarantined > 0 ? theEnd : { fact: number, at: fact.at }
  }
  return theEnd
}

const lost = (wrote: Wrote, deed: Deed, { at }: Until): Violation => ({
  invariant: 'I3',
  what:
    `${wrote.tab} accepted ${textOf(deed)} of ${wrote.key} in step ${wrote.step}, and nothing accounts for it ` +
    (at === theEnd.at ? 'at the end' : `at ${at} ms, when nothing was said to wait`),
})

/**
 * I1 and I3: each write that was accepted is at the backend, or under a later one of its device, or was decided against, or waits
 * for a person, or went with the last commits of a store that does not promise more.
 */
export function acceptedWritesEnd(story: Story): readonly Violation[] {
  // Without a log nobody can tell what was there for a while.
  if (!story.world.site.effects) return []
  return story.writes.flatMap((wrote) => {
    if (wrote.accepted === undefined) return []
    const until = firstCalm(story, story.statusesOf(wrote), wrote.accepted)
    return deedsOf(wrote).flatMap((deed) => (endOf(story, wrote, deed, until) ? [] : [lost(wrote, deed, until)]))
  })
}

/** I3: the counts of every status add up. */
export function countsAddUp({ facts }: Story): readonly Violation[] {
  for (const fact of facts) {
    if (fact.kind !== 'status') continue
    const { accepted, ...ended } = fact.status.writes
    const sum = Object.values(ended).reduce((all, one) => all + one, fact.status.pending)
    if (sum !== accepted)
      return [
        {
          invariant: 'I3',
          what: `${fact.tab} counts ${textOf(fact.status.writes)} and ${fact.status.pending} pending`,
        },
      ]
  }
  return []
}
