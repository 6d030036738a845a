import type { Row } from '../devices/app.ts'
import type { Effect } from '../servers/site.ts'
import type { Told } from './diary.ts'
import { Knowledge } from './knowledge.ts'
import { keyOf } from './registers.ts'
import type { Story } from './story.ts'
import type { Violation } from './violation.ts'

/** A record that is only ever written together with the one of the same id in the other collection, the same word to both. */
const isPaired = (id: string): boolean => id.includes('-pair-')

/** Records of which a device could not read an operation any more: what is left of its transaction is all that anybody knows of. */
const damagedIds = ({ facts }: Story): ReadonlySet<unknown> =>
  new Set(
    facts.flatMap((fact) =>
      fact.kind === 'forgotten' && fact.how === 'damage' ? fact.operations.map((op) => Object(op).id as unknown) : [],
    ),
  )

/** When somebody first decided about one of the two records, by id: each of them is decided about alone. */
function decisions({ facts }: Story): ReadonlyMap<string, number> {
  const first = new Map<string, number>()
  for (const fact of facts) {
    if (fact.kind !== 'asked' && fact.kind !== 'resolved') continue
    const id = fact.kind === 'resolved' ? fact.id : (fact.conflict.local ?? fact.conflict.remote)?.id
    if (id !== undefined && !first.has(id)) first.set(id, fact.at)
  }
  return first
}

/** Which tabs have both collections from one feed. Whoever may not read one of them reads the other one alone. */
class Feeds {
  readonly #apart = new Set<string>()

  take(fact: Told): void {
    if (fact.kind !== 'pulled' || fact.page === 'expired') return
    const name = `${fact.tab} ${fact.user}`
    if (fact.collections.length < 2) this.#apart.add(name)
    else if (!fact.more) this.#apart.delete(name)
  }

  areOne({ tab, user }: { readonly tab: string; readonly user: string }): boolean {
    return !this.#apart.has(`${tab} ${user}`)
  }
}

const wordOf = (row: Row | null | undefined): string | undefined => row?.title

/** L4: what one transaction wrote is there together, at every instant. */
export function serverTransactionsAreWhole(story: Story): readonly Violation[] {
  const { site } = story.world
  if (!site.promises.transactions) return []
  const damaged = damagedIds(story)
  const decided = decisions(story)
  const words = new Map<string, string | undefined>()
  const paired = (site.effects ?? []).filter(({ id }) => isPaired(id) && !damaged.has(id))
  return paired.flatMap(({ collection, id, after, at }: Effect, place) => {
    words.set(keyOf(collection, id), wordOf(after))
    if ((decided.get(id) ?? at) < at || paired[place + 1]?.at === at) return []
    if (words.get(`tasks/${id}`) === words.get(`notes/${id}`)) return []
    return [{ invariant: 'L4', what: `half of a transaction was at the server at ${at} ms, in ${id}` }]
  })
}

/** L4 and I10: who says `synced` shows no half of a transaction, unless a part of it waits for a person. */
export function shownTransactionsAreWhole(story: Story): readonly Violation[] {
  const { facts, world } = story
  if (!world.site.promises.seenWhole) return []
  const damaged = damagedIds(story)
  const decided = decisions(story)
  const knowledge = new Knowledge()
  const feeds = new Feeds()
  let due: { readonly tab: string; readonly user: string; readonly at: number }[] = []
  return facts.flatMap((fact) => {
    const found = due
      .filter(({ at }) => at < fact.at)
      .flatMap(({ tab, user, at }) => {
        const [tasks, notes] = [knowledge.shown(tab, user, 'tasks'), knowledge.shown(tab, user, 'notes')]
        const torn = [...(tasks?.keys() ?? [])].filter(
          (id) =>
            isPaired(id) &&
            !damaged.has(id) &&
            (decided.get(id) ?? at) >= at &&
            tasks?.get(id)?.title !== notes?.get(id)?.title,
        )
        return torn.map((id) => ({
          invariant: 'L4',
          what: `${tab} showed half of a transaction at ${at} ms, in ${id}`,
        }))
      })
    due = due.filter(({ at }) => at >= fact.at)
    knowledge.take(fact)
    feeds.take(fact)
    if (fact.kind !== 'status' || fact.status.state !== 'synced') return found
    if (fact.status.writes.parked === 0 && feeds.areOne(fact)) due.push(fact)
    return found
  })
}
