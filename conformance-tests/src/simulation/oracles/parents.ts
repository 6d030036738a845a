import { gone, isReference, keyOf } from './registers.ts'
import { deviceOf, type Story } from './story.ts'
import type { Violation } from './violation.ts'

/** The device that sent an operation, and the number of the fact that it did for the first time. */
interface Sender {
  readonly device: string
  readonly from: number
}

/** Whether who wrote what the operation sends was shown the parent then: an app may refer to what has been refused just now. */
function wasShown({ facts, writes }: Story, { device, from }: Sender, key: string, parent: string): boolean {
  const accepted = writes.findLast(
    (wrote) => wrote.device === device && wrote.key === key && (wrote.accepted ?? facts.length) < from,
  )
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
  const senders = new Map<string, Sender>()
  for (const [from, fact] of facts.entries()) {
    if (fact.kind !== 'sent') continue
    for (const { opId } of fact.operations)
      if (!senders.has(opId)) senders.set(opId, { device: deviceOf(fact.tab), from })
  }
  return (site.effects ?? []).flatMap(({ opId, collection, id, after, before, at }, place) => {
    const parent = after?.title
    const key = keyOf(collection, id)
    const sender = opId === undefined ? undefined : senders.get(opId)
    if (!sender || collection !== 'notes' || !parent || parent === before?.title) return []
    if (!isReference(key, parent)) return []
    const wasThere = registers
      .of(keyOf('tasks', parent), 'title')
      .some((put) => put.value !== gone && put.effect && (site.effects?.indexOf(put.effect) ?? -1) < place)
    if (wasThere || !wasShown(story, sender, key, parent)) return []
    return [
      { invariant: 'I5', what: `${key} was put at ${at} ms and refers to tasks/${parent}, which never was there` },
    ]
  })
}
