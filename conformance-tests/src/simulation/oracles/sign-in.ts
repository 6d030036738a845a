import { isNetworkCalm } from './calm-network.ts'
import { deviceOf, type Story } from './story.ts'
import type { Violation } from './violation.ts'

/** So many pulls may be refused for their credentials, one after the other: before these are renewed, and after. */
const mostRefused = 2

function forgive(refused: Map<string, number>, device: string): void {
  for (const tab of refused.keys()) if (deviceOf(tab) === device) refused.delete(tab)
}

/** I12: who is not let in asks a person to sign in, and is silent until that is done. */
export function refusedSignInIsFinal({ facts, world: { history } }: Story): readonly Violation[] {
  // What is lost on the way back is tried again.
  if (!isNetworkCalm(history)) return []
  const refused = new Map<string, number>()
  return facts.flatMap((fact) => {
    if (fact.kind === 'called' || fact.kind === 'switching') forgive(refused, deviceOf(fact.tab))
    // Of pushes several are under way at a time.
    if (fact.kind !== 'served' || (fact.what !== 'pull' && fact.refusal)) return []
    const count = fact.refusal === 'SYNC_AUTH_REQUIRED' ? (refused.get(fact.tab) ?? 0) + 1 : 0
    refused.set(fact.tab, count)
    if (count !== mostRefused + 1) return []
    return [{ invariant: 'I12', what: `${fact.tab} was not let in twice, and comes again at ${fact.at} ms` }]
  })
}

/** I13: nobody is asked to sign in where that can be renewed, before it was tried. */
export function signInIsRenewed({ facts, world }: Story): readonly Violation[] {
  if (!world.site.refreshes) return []
  const tried = new Set<string>()
  return facts.flatMap((fact) => {
    if (fact.kind === 'requested' && fact.what === 'refresh') tried.add(fact.tab)
    if (fact.kind !== 'status') return []
    const { state, error } = fact.status
    // Once in a cycle is enough.
    if (state !== 'authRequired' && state !== 'syncing') tried.delete(fact.tab)
    if (error?.code !== 'SYNC_AUTH_REQUIRED' || state !== 'authRequired' || tried.has(fact.tab)) return []
    return [{ invariant: 'I13', what: `${fact.tab} asked for a sign-in at ${fact.at} ms that was not tried to renew` }]
  })
}
