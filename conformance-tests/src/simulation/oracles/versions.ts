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

/** How many writes each tab counted as accepted when it last said so. */
class Counts {
  readonly #counts = new Map<string, number>()

  note(fact: Told): void {
    if (fact.kind === 'status') this.#counts.set(fact.tab, fact.status.writes.accepted)
  }

  of(tab: string): number {
    return this.#counts.get(tab) ?? 0
  }
}

/** I15: once a newer version of the app has a user's data, an older one writes it no more. */
export function olderVersionsRefuse({ facts }: Story): readonly Violation[] {
  const versions = new Versions()
  const counts = new Counts()
  /** Writes that are late, and what was counted before them. */
  const late = new Map<string, number>()
  return facts.flatMap((fact) => {
    versions.note(fact)
    counts.note(fact)
    if (fact.kind === 'begun' && versions.isOlder(fact)) late.set(`${fact.tab} ${fact.step}`, counts.of(fact.tab))
    if (fact.kind !== 'accepted') return []
    const before = late.get(`${fact.tab} ${fact.step}`)
    // One that changes nothing that is shown is accepted without anything being written, and is not counted.
    if (before === undefined || counts.of(fact.tab) <= before) return []
    return [{ invariant: 'I15', what: `${fact.tab}, of version ${versions.of(fact.tab)}, accepted step ${fact.step}` }]
  })
}

/** I10: a listener that was taken away hears nothing more. */
export const silentAfterTheEnd = ({ facts }: Story): readonly Violation[] =>
  facts.flatMap((fact) =>
    fact.kind === 'heardLate' ? [{ invariant: 'I10', what: `${fact.what} of ${fact.tab} goes on after its end` }] : [],
  )
