import { isNetworkCalm } from './calm-network.ts'
import type { Told } from './diary.ts'
import { deviceOf, type Story } from './story.ts'
import type { Violation } from './violation.ts'

/** How many requests each tab has made since it was last refused some collections. */
class Since {
  readonly #counts = new Map<string, number>()

  /** Whoever is asked to begins anew. */
  forget(device: string): void {
    for (const name of this.#counts.keys()) if (deviceOf(name) === device) this.#counts.delete(name)
  }

  count(tab: string): void {
    for (const [name, count] of this.#counts) if (name.startsWith(`${tab} `)) this.#counts.set(name, count + 1)
  }

  /** How many there were since the last time, this one included; `undefined`: it is the first. */
  refused({ tab, user, collections }: Extract<Told, { readonly kind: 'pullRefused' }>): number | undefined {
    const name = `${tab} ${user} ${collections}`
    const count = this.#counts.get(name)
    this.#counts.set(name, 0)
    return count
  }
}

/** I13: a collection that may not be read holds up no other: before it is asked for again, the others are. */
export function closedFeedsStandAlone({ facts, world: { history } }: Story): readonly Violation[] {
  // What is given up is not told.
  if (!isNetworkCalm(history)) return []
  const since = new Since()
  return facts.flatMap((fact) => {
    if (fact.kind === 'called' || fact.kind === 'switching') since.forget(deviceOf(fact.tab))
    else if (fact.kind === 'requested') since.count(fact.tab)
    if (fact.kind !== 'pullRefused') return []
    const between = since.refused(fact)
    if (between === undefined || between > 1 || fact.collections.length > 1) return []
    return [{ invariant: 'I13', what: `${fact.tab} asked for ${fact.collections} alone, again at ${fact.at} ms` }]
  })
}
