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

/** I12: who hears in the middle of a request that the sign-in has run out renews it before anything more is sent. */
export function nothingIsSentSignedOut({ facts, world: { site, history } }: Story): readonly Violation[] {
  if (!site.refreshes || Object.keys(history.faults).some((fault) => fault !== 'rowUnauthorized')) return []
  const out = new Map<string, number>()
  return facts.flatMap((fact) => {
    if (fact.kind === 'unauthorized') out.set(fact.tab, fact.at)
    else if (fact.kind === 'requested' && fact.what === 'refresh') out.delete(fact.tab)
    else if (fact.kind === 'called' || fact.kind === 'switching') out.clear()
    if (fact.kind !== 'sent' || (out.get(fact.tab) ?? fact.at) >= fact.at) return []
    return [{ invariant: 'I12', what: `${fact.tab} sent more at ${fact.at} ms, with a sign-in that had run out` }]
  })
}
