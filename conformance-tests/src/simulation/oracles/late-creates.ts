import type { Effect, Site } from '../servers/site.ts'
import type { World } from '../world.ts'

/**
 * Whether a create may take effect after its device has been told that it did not: a copy of the request comes late, no backend
 * remembers what it refused, and by then there is no row that would refuse it again.
 */
export const createsComeLate = ({ history: { faults }, site }: World): boolean =>
  !site.promises.exactlyOnce || ['late', 'duplicate'].some((fault) => (faults[fault] ?? 0) > 0)

/**
 * Creates that took effect again after the same user had done more to the record, and deleted it: a row remembers the last operation
 * of each device, or the last few, so that a copy that comes after these is one that nobody has seen. A log knows better.
 */
export function lateCopies({ promises, effects = [] }: Site): ReadonlySet<Effect> {
  if (promises.logged) return new Set()
  const before = new Map<string, Effect>()
  return new Set(
    effects.filter((effect, place) => {
      const { opId, by, collection, id } = effect
      if (opId === undefined || effect.before) return false
      const first = before.get(opId)
      before.set(opId, effect)
      return (
        first !== undefined &&
        effects
          .slice(effects.indexOf(first) + 1, place)
          .some((one) => one.by === by && one.opId !== undefined && one.collection === collection && one.id === id)
      )
    }),
  )
}
