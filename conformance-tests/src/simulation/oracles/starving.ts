import { isNetworkCalm } from './calm-network.ts'
import { keyOf } from './registers.ts'
import { deviceOf, type Story } from './story.ts'
import type { Violation } from './violation.ts'

/** So long a write may wait, ms. */
const patienceMs = 30_000

/** So often the same operation may be sent meanwhile. */
const mostTries = 5

/** I13: where every request gets through no write waits for ever because the server has no time for another one. */
export function nobodyStarves({ facts, writes, world: { history } }: Story): readonly Violation[] {
  if (!isNetworkCalm(history) || !history.steps.some(({ act }) => act.do === 'jamRecord')) return []
  const sent = facts.filter((fact) => fact.kind === 'sent')
  const until = facts.find(({ kind }) => kind === 'healed')?.at ?? 0
  return writes.flatMap(({ key, device, step, begunAt, accepted }) => {
    if (accepted === undefined || until - begunAt < patienceMs) return []
    const later = sent.filter(({ at, tab }) => at >= begunAt && at < until && deviceOf(tab) === device)
    const keys = later.flatMap(({ operations }) => operations.map(({ collection, id }) => keyOf(collection, id)))
    if (keys.includes(key) || keys.length <= mostTries) return []
    return [
      { invariant: 'I13', what: `step ${step} of ${device} was never sent, and others were ${keys.length} times` },
    ]
  })
}
