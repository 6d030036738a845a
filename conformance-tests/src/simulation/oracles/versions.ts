import type { Told } from './diary.ts'
import type { Story } from './story.ts'
import { deviceOf } from './story.ts'
import type { Violation } from './violation.ts'

/** What takes the data of a newer version away, or back to before it was there. */
const resets: readonly string[] = ['cleared', 'switching', 'switched', 'forgotten', 'died']

/** Which version of the app runs where, and which is the newest that has opened a user's data. */
class Versions {
  readonly #running = new Map<string, number>()
  readonly #marks = new Map<string, number>()

  note(fact: Told): void {
    if (fact.kind === 'booted') this.#running.set(fact.tab, fact.version)
    else if (fact.kind === 'status' && !this.isOlder(fact)) this.#marks.set(placeOf(fact), this.of(fact.tab))
    else if (resets.includes(fact.kind)) this.#marks.clear()
  }

  of(tab: string): number {
    return this.#running.get(tab) ?? 1
  }

  isOlder(who: { readonly tab: string; readonly user: string }): boolean {
    return this.of(who.tab) < (this.#marks.get(placeOf(who)) ?? 0)
  }
}

const placeOf = ({ tab, user }: { readonly tab: string; readonly user: string }): string => `${deviceOf(tab)} ${user}`

/** I15: once a newer version of the app has a user's data, an older one writes it no more. */
export function olderVersionsRefuse({ facts }: Story): readonly Violation[] {
  const versions = new Versions()
  const late = new Set<string>()
  return facts.flatMap((fact) => {
    versions.note(fact)
    if (fact.kind === 'begun' && versions.isOlder(fact)) late.add(`${fact.tab} ${fact.step}`)
    if (fact.kind !== 'accepted' || !late.has(`${fact.tab} ${fact.step}`)) return []
    return [{ invariant: 'I15', what: `${fact.tab}, of version ${versions.of(fact.tab)}, accepted step ${fact.step}` }]
  })
}

/** I10: a listener that was taken away hears nothing more. */
export const silentAfterTheEnd = ({ facts }: Story): readonly Violation[] =>
  facts.flatMap((fact) =>
    fact.kind === 'heardLate' ? [{ invariant: 'I10', what: `${fact.what} of ${fact.tab} goes on after its end` }] : [],
  )
