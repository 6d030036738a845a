import { gone, isReference, keyOf } from './registers.ts'
import { deviceOf, type Story } from './story.ts'
import type { Violation } from './violation.ts'

/** Whether who wrote what the operation sends was shown the parent then: an app may refer to what has been refused just now. */
function wasShown({ facts, writes }: Story, device: string, key: string, parent: string): boolean {
  const accepted = writes.findLast((wrote) => wrote.device === device && wrote.key === key)
  if (accepted?.accepted === undefined) return false
  const shown = facts.findLast(
    (fact, number) =>
      number < (accepted.accepted ?? 0) &&
      fact.kind === 'shown' &&
      fact.tab === accepted.tab &&
      fact.collection === 'tasks',
  )
  return shown?.kind === 'shown' && shown.rows.some(({ id }) => id === parent)
}

/** Rule 3: what refers to a record takes effect only once that record has been at the backend. */
export function parentsComeFirst(story: Story): readonly Violation[] {
  const { world, registers, facts, returns } = story
  const { site, history } = world
  if (!history.setup.relations || returns.length > 0 || facts.some(({ kind }) => kind === 'forgotten')) return []
  const senders = new Map<string, string>()
  for (const fact of facts)
    if (fact.kind === 'sent') for (const { opId } of fact.operations) senders.set(opId, deviceOf(fact.tab))
  return (site.effects ?? []).flatMap(({ opId, collection, id, after, before, at }, place) => {
    const parent = after?.title
    const key = keyOf(collection, id)
    const device = opId === undefined ? undefined : senders.get(opId)
    if (device === undefined || collection !== 'notes' || !parent || parent === before?.title) return []
    if (!isReference(key, parent)) return []
    const wasThere = registers
      .of(keyOf('tasks', parent), 'title')
      .some((put) => put.value !== gone && put.effect && (site.effects?.indexOf(put.effect) ?? -1) < place)
    if (wasThere || !wasShown(story, device, key, parent)) return []
    return [
      { invariant: 'I5', what: `${key} was put at ${at} ms and refers to tasks/${parent}, which never was there` },
    ]
  })
}
