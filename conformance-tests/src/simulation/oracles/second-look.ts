import { isNetworkCalm } from './calm-network.ts'
import type { Story } from './story.ts'
import type { Violation } from './violation.ts'

/** So long after it is due it may be begun, ms: what is under way comes first. */
const lateMs = 8_000

/** Rule 7: what changes while a subscription takes hold is pulled soon after, and not only by the timer. */
export function subscribersLookTwice({ facts, world: { history } }: Story): readonly Violation[] {
  const acts = new Set(history.steps.map(({ act }) => act.do))
  if (
    !isNetworkCalm(history) ||
    history.setup.writers === 'many' ||
    [...acts].some((name) => !['save', 'append'].includes(name))
  )
    return []
  const until = facts.find(({ kind }) => kind === 'healed')?.at ?? 0
  return facts.flatMap((fact) => {
    if (fact.kind !== 'up') return []
    const due = fact.at + fact.settleMs
    const isSeen = facts.some(
      (one) => one.kind === 'pulled' && one.tab === fact.tab && one.sentAt >= due - 1 && one.sentAt <= due + lateMs,
    )
    if (isSeen || due + lateMs > until) return []
    return [
      {
        invariant: 'I6',
        what: `${fact.tab} subscribed at ${fact.at} ms, and did not look again until ${due + lateMs} ms`,
      },
    ]
  })
}
