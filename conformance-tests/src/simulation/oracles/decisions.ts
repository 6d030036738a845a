import { createsComeLate } from './late-creates.ts'
import { isReference, keyOf } from './registers.ts'
import { deviceOf, type Story } from './story.ts'
import type { Violation } from './violation.ts'

/** I3: what a resolver decided against does not take effect afterwards. */
export function decisionsHold({ facts, registers, returns, world }: Story): readonly Violation[] {
  // Where a resend is not known for one a late copy may; and a backend that goes back makes every question anew.
  if (!world.site.promises.exactlyOnce || returns.length > 0) return []
  // What was decided may have gone with the power.
  if (facts.some(({ kind }) => kind === 'forgotten')) return []
  return facts.flatMap((fact) => {
    if (fact.kind !== 'asked' || (fact.answer !== 'remote' && fact.answer !== 'delete')) return []
    const { local, fields } = fact.conflict
    const isDecided = fact.answer === 'delete' || fields.length === 0 || fields.includes('title')
    const key = keyOf(fact.collection, local?.id ?? '')
    // Many writes refer to the same record.
    if (!local?.title || !isDecided || isReference(key, local.title)) return []
    const put = registers
      .of(key, 'title')
      .find(({ value, at, effect }) => effect?.opId && value === local.title && at > fact.at)
    // An answer that could not be stored left the record in the inbox, and a person decided.
    if (facts.some((one) => one.kind === 'resolved' && one.at >= fact.at && keyOf(one.collection, one.id) === key))
      return []
    if (!put || (!put.effect?.before && createsComeLate(world))) return []
    const what = `${deviceOf(fact.tab)} was answered "${fact.answer}" at ${fact.at} ms, and put "${local.title}" into ${key} at ${put.at} ms`
    return [{ invariant: 'I3', what }]
  })
}
