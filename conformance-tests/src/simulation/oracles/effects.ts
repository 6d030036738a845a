import type { World } from '../world.ts'
import type { Violation } from './violation.ts'

/** I4: an operation takes effect once at most. What a restore took back did not happen; a create may come again where rows are not marked. */
export function appliedOnce({ site, diary }: World): readonly Violation[] {
  const { exactlyOnce, checked } = site.promises
  const takenBack = new Set(diary.of('restored').flatMap((fact) => fact.takenBack))
  const seen = new Set<string>()
  return (site.effects ?? []).flatMap((effect) => {
    const { opId, collection, id, before } = effect
    const mayRepeat = !exactlyOnce && (!checked || before === null)
    if (takenBack.has(effect) || mayRepeat) return []
    if (opId === undefined || !seen.has(opId)) {
      if (opId !== undefined) seen.add(opId)
      return []
    }
    return [{ invariant: 'I4', what: `operation ${opId} took effect twice on ${collection}/${id}` }]
  })
}
