import type { World } from '../world.ts'
import type { Violation } from './violation.ts'

/** I4: an operation takes effect once at most. */
export function appliedOnce({ site }: World): readonly Violation[] {
  const seen = new Set<string>()
  return (site.effects ?? []).flatMap(({ opId, collection, id }) => {
    if (opId === undefined || !seen.has(opId)) {
      if (opId !== undefined) seen.add(opId)
      return []
    }
    return [{ invariant: 'I4', what: `operation ${opId} took effect twice on ${collection}/${id}` }]
  })
}
