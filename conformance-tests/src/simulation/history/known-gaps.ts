import type { Step } from './history.ts'

/**
 * Histories are made up without what is known to go wrong, and is not mended yet; a saved one may have it. A row of an old history
 * that is told live and late, after a backup was restored, may stay until the next listing; a namespace that was damaged twice may
 * pass over a row until then.
 */
export function withoutKnownGaps(steps: readonly Step[], profile: string): readonly Step[] {
  const spoiled = new Set<number>()
  return steps.filter(({ act, device }) => {
    if (act.do === 'restoreBackup') return profile !== 'transactionalData'
    if (act.do !== 'spoil') return true
    const isFirst = !spoiled.has(device)
    spoiled.add(device)
    return isFirst
  })
}
