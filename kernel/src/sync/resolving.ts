import type { ConflictRules } from '../conflict/context.ts'
import { noNews, type Taking } from '../conflict/context.ts'
import { conflictOf, decide } from '../conflict/decide.ts'
import { reconcile, sidesOf } from '../conflict/reconcile.ts'
import { SyncError } from '../errors/sync-error.ts'
import type { Draft } from '../journal/draft.ts'
import { liveOps } from '../journal/view.ts'
import { type RecordKey, splitKey } from '../model/identity.ts'
import { park } from '../outbox/end.ts'
import type { SyncPorts } from './ports.ts'

const maxQuestions = 10

/** A resolver that hangs must not hold its record for ever. */
function withDeadline<T>({ env, timing }: SyncPorts, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = env.setTimer(timing.requestTimeoutMs, () =>
      reject(new SyncError('SYNC_TIMEOUT', { message: 'a resolver did not answer' })),
    )
    answer.then(resolve, reject).finally(cancel)
  })
}

/**
 * Asks the app's resolver about a record and commits the answer if base and operations are unmoved; else asks again. Ten
 * rounds, a throw or a hang end in the conflict inbox. The rows themselves were committed before.
 */
export async function askResolver(ports: SyncPorts, rules: ConflictRules, key: RecordKey): Promise<void> {
  const { ledger, journal, events, hasId } = ports
  const [collection, id] = splitKey(key)
  const inbox = (draft: Draft): void => park(draft, key)
  for (let round = 0; round < maxQuestions; round += 1) {
    const before = [ledger.base(key), ledger.ops(key)] as const
    const conflict = conflictOf(sidesOf(ledger, key))
    const unmoved = (draft: Draft): boolean => draft.base(key) === before[0] && draft.ops(key) === before[1]
    try {
      const answer = conflict && (await withDeadline(ports, ports.resolve(collection, id, conflict)))
      const done = await journal.write((draft) => {
        if (!unmoved(draft)) return false
        const taking: Taking = { ...rules, asking: () => false, draft, news: noNews() }
        if (conflict) decide(taking, key, answer, (record) => hasId(collection, record, id))
        else reconcile(taking, key)
        return true
      })
      if (done || liveOps(ledger, key).length === 0) return
    } catch (error) {
      events.guard(() => {
        throw error
      })
      return journal.write(inbox)
    }
  }
  await journal.write(inbox)
}
