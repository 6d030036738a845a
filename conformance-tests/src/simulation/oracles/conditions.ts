import { keyOf } from './registers.ts'
import { deviceOf, type Story, type Wrote } from './story.ts'
import type { Violation } from './violation.ts'

/** Whether a resolver or a person decided about the record: what they decided has no condition any more. */
const wasDecided = ({ facts }: Story, { device, key }: Wrote): boolean =>
  facts.some((fact) => {
    if (fact.kind === 'asked') {
      const { local, remote, base } = fact.conflict
      return keyOf(fact.collection, (local ?? remote ?? base)?.id ?? '') === key
    }
    if (fact.kind === 'resolved') return keyOf(fact.collection, fact.id) === key
    if (fact.kind !== 'requeued' || deviceOf(fact.tab) !== device) return false
    return fact.records.some(({ collection, id }) => keyOf(collection, id) === key)
  })

/** Rule 9: a write with a condition takes effect on a row that meets it. */
export function conditionsHoldThere(story: Story): readonly Violation[] {
  const { site } = story.world
  return story.writes.flatMap((wrote) => {
    const { write, key } = wrote
    if (write.where === undefined) return []
    const effect = site.effects?.find(
      ({ opId, collection, id, after, before }) =>
        opId !== undefined &&
        keyOf(collection, id) === key &&
        after?.title === write.fields.title &&
        before?.title !== after?.title,
    )
    if (!effect || effect.before?.title === write.where || wasDecided(story, wrote)) return []
    const what = `step ${wrote.step} of ${wrote.device} was for "${write.where}" in ${key}, and was put over "${effect.before?.title}"`
    return [{ invariant: 'I3', what }]
  })
}

/** Rule 9: a write whose condition nothing that is shown meets is not accepted. */
export function conditionsHoldHere({ writes, facts }: Story): readonly Violation[] {
  return writes.flatMap(({ write, key, tab, step, begun, accepted }) => {
    if (write.where === undefined || accepted === undefined) return []
    const { collection, id, where } = write
    const isMet = facts.some(
      (fact, number) =>
        number <= accepted &&
        fact.kind === 'shown' &&
        fact.tab === tab &&
        fact.collection === collection &&
        fact.rows.some((row) => row.id === id && row.title === where) &&
        begun >= 0,
    )
    if (isMet) return []
    return [{ invariant: 'I3', what: `${tab} accepted step ${step} for "${where}" in ${key}, which it never showed` }]
  })
}
