import type { Told } from './diary.ts'
import { deviceOf, type Story } from './story.ts'
import type { Violation } from './violation.ts'

/** So long nothing may be asked of the backend while something waits and nothing stands in the way, ms. */
const mostMs = 60_000

/** What a device may be told not to do, or busy with. */
const excuses: readonly string[] = [
  'stop',
  'pause',
  'freeze',
  'suspend',
  'signOut',
  'expireToken',
  'fillDisk',
  'upgrade',
]

/** What one device has to do. */
class Queue {
  #since: number | undefined
  #waits = false
  #isOnline = true

  /** When it last did something; `undefined`: it has nothing to do, or cannot. */
  get idleSince(): number | undefined {
    return this.#waits && this.#isOnline ? this.#since : undefined
  }

  take(fact: Told): void {
    const waited = this.idleSince !== undefined
    if (fact.kind === 'online') this.#isOnline = fact.isOnline
    else if (fact.kind === 'status') this.#waits = fact.status.pending > 0
    const isMove = fact.kind !== 'status' || !waited
    if (isMove) this.#since = fact.at
  }
}

/** The device that a fact is about that says how its queue stands; `undefined`: it says nothing of one. */
function deviceIn(fact: Told): string | undefined {
  if (fact.kind === 'online') return fact.device
  return fact.kind === 'status' || fact.kind === 'requested' || fact.kind === 'called' || fact.kind === 'booted'
    ? deviceOf(fact.tab)
    : undefined
}

/** Rule 13: a queue that is online and not empty does not stand still, whatever was to start it. */
export function queuesGoOn({ facts, world: { history } }: Story): readonly Violation[] {
  if (history.steps.some(({ act }) => excuses.includes(act.do))) return []
  const queues = new Map<string, Queue>()
  const found = new Map<string, Violation>()
  for (const fact of facts) {
    for (const [device, { idleSince = fact.at }] of queues) {
      const what = `${device} asked for nothing from ${idleSince} to ${fact.at} ms, and something waited`
      if (fact.at - idleSince > mostMs) found.set(device, { invariant: 'I13', what })
    }
    if (fact.kind === 'healed') break
    const device = deviceIn(fact)
    if (device === undefined) continue
    const queue = queues.get(device) ?? new Queue()
    queues.set(device, queue)
    queue.take(fact)
  }
  return [...found.values()]
}
