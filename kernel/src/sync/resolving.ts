import { noNews } from '../conflict/context.ts'
import { conflictOf, decide } from '../conflict/decide.ts'
import { park, reconcile, sidesOf } from '../conflict/reconcile.ts'
import { type RecordKey, splitKey } from '../model/identity.ts'
import { withDeadline } from './call.ts'
import type { Work } from './ports.ts'

const maxQuestions = 10

/**
 * Asks the app's resolver about a record and commits the answer if base and operations are unmoved; else asks again. Ten
 * rounds, a throw or a hang end in the conflict inbox. The rows themselves were committed before.
 */
export async function askResolver(work: Work, signal: AbortSignal, key: RecordKey): Promise<void> {
  const { ledger, journal } = work
  const [collection, id] = splitKey(key)
  for (let question = 0; question < maxQuestions; question += 1) {
    const [base, queue] = [ledger.base.get(key), ledger.queues.get(key)]
    const conflict = conflictOf(sidesOf(ledger, key))
    const answer = conflict && (await withDeadline(work, signal, () => work.resolve(collection, id, conflict)))
    const done = await journal.write((draft) => {
      if (draft.base.get(key) !== base || draft.queues.get(key) !== queue) return false
      const taking = { ...work, asking: new Set<string>(), draft, ...noNews() }
      if (conflict) decide(taking, key, answer)
      else reconcile(taking, key)
      return true
    })
    if (done) return
  }
  await journal.write((draft) => park({ draft }, key))
}
