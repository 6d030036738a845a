import type { Row } from '../devices/app.ts'
import type { Effect } from '../servers/site.ts'
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

const wordOf = (row: Row | null | undefined): string | undefined => row?.title

/** L4: what one transaction wrote is there together, at every instant. */
export function serverTransactionsAreWhole(story: Story): readonly Violation[] {
  const { site } = story.world
  if (!site.promises.transactions) return []
  const damaged = damagedIds(story)
  const words = new Map<string, string | undefined>()
  const paired = (site.effects ?? []).filter(({ id }) => isPaired(id) && !damaged.has(id))
  return paired.flatMap(({ collection, id, after, at }: Effect, place) => {
    words.set(keyOf(collection, id), wordOf(after))
    if (paired[place + 1]?.at === at || words.get(`tasks/${id}`) === words.get(`notes/${id}`)) return []
    return [{ invariant: 'L4', what: `half of a transaction was at the server at ${at} ms, in ${id}` }]
  })
}

/** L4 and I10: who says `synced` shows no half of a transaction, unless a part of it waits for a person. */
export function shownTransactionsAreWhole(story: Story): readonly Violation[] {
  const { facts, world } = story
  if (!world.site.promises.seenWhole) return []
  const damaged = damagedIds(story)
  const knowledge = new Knowledge()
  let due: { readonly tab: string; readonly user: string; readonly at: number }[] = []
  return facts.flatMap((fact) => {
    const found = due
      .filter(({ at }) => at < fact.at)
      .flatMap(({ tab, user, at }) => {
        const [tasks, notes] = [knowledge.shown(tab, user, 'tasks'), knowledge.shown(tab, user, 'notes')]
        const torn = [...(tasks?.keys() ?? [])].filter(
          (id) => isPaired(id) && !damaged.has(id) && tasks?.get(id)?.title !== notes?.get(id)?.title,
        )
        return torn.map((id) => ({
          invariant: 'L4',
          what: `${tab} showed half of a transaction at ${at} ms, in ${id}`,
        }))
      })
    due = due.filter(({ at }) => at >= fact.at)
    knowledge.take(fact)
    if (fact.kind === 'status' && fact.status.state === 'synced' && fact.status.writes.parked === 0) due.push(fact)
    return found
  })
}
