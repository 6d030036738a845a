import type { ConflictRules } from '../conflict/context.ts'
import { noNews } from '../conflict/context.ts'
import { conflictOf, decide } from '../conflict/decide.ts'
import { park, reconcile, sidesOf } from '../conflict/reconcile.ts'
import { type RecordKey, splitKey } from '../model/identity.ts'
import { isObject } from '../model/value.ts'
import { withDeadline } from './call.ts'
import type { SyncPorts } from './ports.ts'

const maxQuestions = 10

/**
 * Asks the app's resolver about a record and commits the answer if base and operations are unmoved; else asks again. Ten
 * rounds, a throw or a hang end in the conflict inbox. The rows themselves were committed before.
 */
export async function askResolver(
  ports: SyncPorts,
  rules: ConflictRules,
  signal: AbortSignal,
  key: RecordKey,
): Promise<void> {
  const { ledger, journal } = ports
  const [collection, id] = splitKey(key)
  for (let question = 0; question < maxQuestions; question += 1) {
    const [base, queue] = [ledger.base.get(key), ledger.queues.get(key)]
    const conflict = conflictOf(sidesOf(ledger, key))
    const answer = conflict && (await withDeadline(ports, signal, () => ports.resolve(collection, id, conflict)))
    // An answer that the app's own schema refuses is none.
    if (isObject(answer)) await ports.check(collection, answer)
    const done = await journal.write((draft) => {
      if (draft.base.get(key) !== base || draft.queues.get(key) !== queue) return false
      const taking = { ...rules, asking: new Set<string>(), draft, news: noNews() }
      if (conflict) decide(taking, key, answer)
      else reconcile(taking, key)
      return true
    })
    if (done) return
  }
  await journal.write((draft) => park({ draft }, key))
}
