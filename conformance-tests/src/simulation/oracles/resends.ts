import type { Told } from './diary.ts'
import { deviceOf, type Story } from './story.ts'
import type { Violation } from './violation.ts'

/** One time that an operation went out, and may have taken effect. */
interface Try {
  readonly tab: string
  /** Number of the fact. */
  readonly at: number
}

function forget(doubts: Map<string, readonly Try[]>, device: string): void {
  for (const name of doubts.keys()) if (name.startsWith(`${device} `)) doubts.delete(name)
}

/** When each tab began, as numbers of facts. */
const beginnings = (facts: readonly Told[]): ReadonlyMap<string, number> =>
  new Map(facts.flatMap((fact, at) => (fact.kind === 'booted' ? [[fact.tab, at] as const] : [])))

/**
 * Rule 5: what was sent, and of which nobody has said that it had no effect, is sent again marked as a resend. Not so where a power
 * loss took back the end of what an operation had waited for: found waiting, it counts as one that never was sent. Nor by a tab that
 * was passed over while it stood still, where there are no locks that would tell it: that another one sends its operations is noted
 * in the store, which it reads when it commits next.
 */
export function resendsSaySo({ facts, world }: Story): readonly Violation[] {
  const { relations, locks } = world.history.setup
  const begun = beginnings(facts)
  /** By device and operation the tries of it that may have taken effect. */
  const doubts = new Map<string, readonly Try[]>()
  return facts.flatMap((fact, at) => {
    if (fact.kind === 'forgotten' && fact.commits > 0 && relations) forget(doubts, fact.device)
    if (fact.kind === 'unapplied') {
      for (const opId of fact.opIds) {
        const name = `${deviceOf(fact.tab)} ${opId}`
        doubts.set(name, doubts.get(name)?.slice(0, -1) ?? [])
      }
    }
    if (fact.kind !== 'sent') return []
    return fact.operations.flatMap(({ opId, resend, kind, collection, id }) => {
      const name = `${deviceOf(fact.tab)} ${opId}`
      const open = doubts.get(name) ?? []
      doubts.set(name, [...open, { tab: fact.tab, at }])
      const known = open.filter((one) => locks || one.tab === fact.tab || one.at < (begun.get(fact.tab) ?? 0))
      if (known.length === 0 || resend) return []
      const what = `${fact.tab} sent a ${kind} of ${collection}/${id} at ${fact.at} ms as if it had never been sent`
      return [{ invariant: 'I4', what }]
    })
  })
}
