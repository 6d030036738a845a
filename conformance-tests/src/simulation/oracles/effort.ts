import { mostEvents } from '../time/loop.ts'
import type { Story } from './story.ts'
import type { Violation } from './violation.ts'

const windowMs = 10_000

/** So many requests of one tab may fail within {@link windowMs}. */
const most = 40

/** I12: what fails is tried again more and more slowly. */
export function triesAreBounded({ facts }: Story): readonly Violation[] {
  const failures = new Map<string, number[]>()
  const found = new Map<string, Violation>()
  for (const fact of facts) {
    if (fact.kind !== 'requested' || !fact.failed) continue
    const times = failures.get(fact.tab) ?? []
    failures.set(fact.tab, times)
    times.push(fact.sentAt)
    const since = times.at(-1 - most)
    if (since === undefined || fact.sentAt - since > windowMs) continue
    found.set(fact.tab, {
      invariant: 'I12',
      what: `more than ${most} requests of ${fact.tab} failed within ${windowMs} ms, until ${fact.at} ms`,
    })
  }
  return [...found.values()]
}

/** I12: everything ends: nobody goes round in circles, however little each round is. */
export const eventsAreBounded = ({ world: { loop } }: Story): readonly Violation[] =>
  loop.events < mostEvents ? [] : [{ invariant: 'I12', what: `${loop.events} events, and no end` }]
