import type { Ledger } from '../journal/ledger.ts'
import { headsOf } from '../journal/view.ts'
import { matches } from '../query/match.ts'
import { comparator, type Entry } from '../query/plan.ts'
import type { Ask } from './options.ts'

/** Records of the collection with writes on their way, by id, as they show; `undefined`: deleted. */
export function pending({ shape: { name, table } }: Ask, ledger: Ledger): ReadonlyMap<string, Entry | undefined> {
  const heads = headsOf(ledger).filter(({ op }) => op.collection === name)
  return new Map(
    heads.map(({ op: { id } }) => {
      const record = table.get(id)
      return [id, record && { id, record }]
    }),
  )
}

/** Whether a row meets the query's filter and lies after its place. */
export const isAsked = ({ plan: { filter, order }, from }: Ask, entry: Entry): boolean =>
  matches(filter, entry.record) && (!from?.last || comparator(order)(entry, from.last) > 0)

/**
 * The rows of an answer with the writes on their way replayed: a record that has some stands where they put it, in this
 * answer if that is not beyond its `end`, and nowhere else.
 */
export function replay(ask: Ask, ledger: Ledger, rows: readonly Entry[], end: Entry | undefined): readonly Entry[] {
  const { plan } = ask
  const compare = comparator(plan.order)
  const local = pending(ask, ledger)
  const mine = [...local.values()].filter(
    (entry) => entry && isAsked(ask, entry) && (!end || compare(entry, end) <= 0),
  ) as readonly Entry[]
  const others = rows.filter(({ id, record }) => !local.has(id) && matches(plan.filter, record))
  const all = new Map([...others, ...mine].map((entry) => [entry.id, entry]))
  return [...all.values()].sort(compare)
}
