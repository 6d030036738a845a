import type { Story } from './story.ts'
import type { Violation } from './violation.ts'

const deviceOf = (tab: string): string => tab.slice(0, tab.indexOf('.'))

/** What takes the data of a newer version away, or back to before it was there. */
const resets: readonly string[] = ['cleared', 'switching', 'switched', 'forgotten', 'died']

/** I15: once a newer version of the app has a user's data, an older one neither shows nor writes it. */
export function olderVersionsRefuse({ facts }: Story): readonly Violation[] {
  const versions = new Map<string, number>()
  /** By device and user, the newest version that has opened the data. */
  const marks = new Map<string, number>()
  const late = new Set<string>()
  const found: Violation[] = []
  for (const fact of facts) {
    if (fact.kind === 'booted') versions.set(fact.tab, fact.version)
    else if (resets.includes(fact.kind)) marks.clear()
    if (fact.kind !== 'status' && fact.kind !== 'begun' && fact.kind !== 'accepted') continue
    const version = versions.get(fact.tab) ?? 1
    const place = `${deviceOf(fact.tab)} ${fact.user}`
    const isOlder = version < (marks.get(place) ?? 0)
    if (fact.kind === 'status') {
      if (!isOlder && fact.user) marks.set(place, version)
    } else {
      const write = `${fact.tab} ${fact.step}`
      if (fact.kind === 'begun' && isOlder) late.add(write)
      if (fact.kind === 'accepted' && late.has(write)) {
        found.push({ invariant: 'I15', what: `${fact.tab}, of version ${version}, accepted step ${fact.step}` })
      }
    }
  }
  return found
}

/** I10: a listener that was taken away hears nothing more. */
export const silentAfterTheEnd = ({ facts }: Story): readonly Violation[] =>
  facts.flatMap((fact) =>
    fact.kind === 'heardLate' ? [{ invariant: 'I10', what: `${fact.what} of ${fact.tab} goes on after its end` }] : [],
  )
