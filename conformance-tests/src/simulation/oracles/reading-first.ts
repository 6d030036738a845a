import { deviceOf, type Story } from './story.ts'
import type { Violation } from './violation.ts'

/** So long before it is sent an operation may have been chosen, ms: others of its cycle come first. */
const cycleMs = 12_000

/** Acts and faults that let a tab do nothing in the middle of a cycle. */
const halts: readonly string[] = ['freeze', 'suspend', 'openHangs', 'loadHangs', 'commitHangs']

/** Rule 7: where the backend compares nothing, nothing new is sent unless what others wrote was read just before. */
export function readBeforeWriting({ facts, world: { site, history } }: Story): readonly Violation[] {
  const has = [...Object.keys(history.faults), ...history.steps.map(({ act }) => act.do)]
  if (site.promises.checked || has.some((name) => halts.includes(name))) return []
  const readAt = new Map<string, number>()
  return facts.flatMap((fact) => {
    // What may not be read is written all the same.
    const isRead = fact.kind === 'pulled' && !fact.more && fact.page !== 'expired'
    if (isRead || fact.kind === 'pullRefused')
      for (const collection of fact.collections) readAt.set(`${deviceOf(fact.tab)} ${collection}`, fact.at)
    if (fact.kind !== 'sent') return []
    return fact.operations.flatMap(({ collection, id, resend }) => {
      const read = readAt.get(`${deviceOf(fact.tab)} ${collection}`) ?? Number.NEGATIVE_INFINITY
      if (resend || fact.at - read <= cycleMs) return []
      return [
        {
          invariant: 'I3',
          what: `${fact.tab} wrote ${collection}/${id} at ${fact.at} ms, and read last at ${read} ms`,
        },
      ]
    })
  })
}
