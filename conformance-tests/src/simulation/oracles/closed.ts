import { deviceOf, type Story } from './story.ts'
import type { Violation } from './violation.ts'

/** I16: who was last told that a collection may not be read says so, and not `synced`. */
export function closedIsNotSynced({ facts }: Story): readonly Violation[] {
  /** By device, user and collection: the tabs that were refused since anybody on the device could read it. */
  const refused = new Map<string, Set<string>>()
  return facts.flatMap((fact) => {
    if (fact.kind === 'pulled' || fact.kind === 'pullRefused') {
      for (const collection of fact.collections) {
        const name = `${deviceOf(fact.tab)} ${fact.user} ${collection}`
        if (fact.kind === 'pulled') refused.delete(name)
        else refused.set(name, (refused.get(name) ?? new Set()).add(fact.tab))
      }
      return []
    }
    if (fact.kind !== 'status' || fact.status.state !== 'synced') return []
    const closed = ['tasks', 'notes'].filter((collection) =>
      refused.get(`${deviceOf(fact.tab)} ${fact.user} ${collection}`)?.has(fact.tab),
    )
    if (closed.length === 0) return []
    return [{ invariant: 'I16', what: `${fact.tab} said synced at ${fact.at} ms, and may not read ${closed}` }]
  })
}
