import { deviceOf, type Story } from './story.ts'
import type { Violation } from './violation.ts'

function forget(doubts: Map<string, number>, device: string): void {
  for (const name of doubts.keys()) if (name.startsWith(`${device} `)) doubts.delete(name)
}

/**
 * Rule 5: what was sent, and of which nobody has said that it had no effect, is sent again marked as a resend. Not so where a power
 * loss took back the end of what an operation had waited for: found waiting, it counts as one that never was sent.
 */
export function resendsSaySo({ facts, world }: Story): readonly Violation[] {
  /** By device and operation how many tries of it may have taken effect. */
  const doubts = new Map<string, number>()
  return facts.flatMap((fact) => {
    if (fact.kind === 'forgotten' && fact.commits > 0 && world.history.setup.relations) forget(doubts, fact.device)
    if (fact.kind === 'unapplied') {
      for (const opId of fact.opIds) {
        const name = `${deviceOf(fact.tab)} ${opId}`
        doubts.set(name, Math.max(0, (doubts.get(name) ?? 0) - 1))
      }
    }
    if (fact.kind !== 'sent') return []
    return fact.operations.flatMap(({ opId, resend, kind, collection, id }) => {
      const name = `${deviceOf(fact.tab)} ${opId}`
      const open = doubts.get(name) ?? 0
      doubts.set(name, open + 1)
      if (open === 0 || resend) return []
      const what = `${fact.tab} sent a ${kind} of ${collection}/${id} at ${fact.at} ms as if it had never been sent`
      return [{ invariant: 'I4', what }]
    })
  })
}
