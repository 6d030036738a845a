import { keyOf } from './registers.ts'
import { deviceOf, type Story } from './story.ts'
import type { Violation } from './violation.ts'

/** Rule 3: what was built on a create that is refused goes with it, until somebody sends it again. */
export function refusedCreatesTakeAllAlong(story: Story): readonly Violation[] {
  const { facts, writes, registers, returns } = story
  if (returns.length > 0) return []
  return facts.flatMap((fact, number) => {
    if (fact.kind !== 'rejected' || fact.operation.kind !== 'create') return []
    const { collection, id, change } = fact.operation
    const key = keyOf(collection, id)
    const device = deviceOf(fact.tab)
    const isOpen = facts.some((one) => one.at >= fact.at && ['requeued', 'forgotten', 'resolved'].includes(one.kind))
    const made = writes.find(
      (one) => one.device === device && one.key === key && one.write.fields.title === change.set?.['title'],
    )
    if (isOpen || !made) return []
    const late = writes.find(
      (one) =>
        one.device === device &&
        one.key === key &&
        one.write.kind === 'update' &&
        one.begun > made.begun &&
        (one.accepted ?? number) < number &&
        registers.of(key, 'title').some(({ value, at }) => value === one.write.fields.title && at > fact.at),
    )
    if (!late) return []
    const what = `step ${late.step} of ${device} was made on a create of ${key} that was refused at ${fact.at} ms, and took effect`
    return [{ invariant: 'I3', what }]
  })
}
