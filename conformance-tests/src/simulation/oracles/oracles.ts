import { acceptedWritesEnd, countsAddUp } from './accepted-writes.ts'
import { converged } from './convergence.ts'
import { effectsComeInOrder, idsTakeEffectOnce, listsGrow, wordsTakeEffectOnce } from './effects.ts'
import type { Story } from './story.ts'
import { oneUserAtATime } from './switching.ts'
import { olderVersionsRefuse, silentAfterTheEnd } from './versions.ts'
import type { Violation } from './violation.ts'

/** A judge of a history that has come to its end. */
type Oracle = (story: Story) => readonly Violation[] | Promise<readonly Violation[]>

/** Every judge. */
export const oracles: readonly Oracle[] = [
  acceptedWritesEnd,
  countsAddUp,
  converged,
  idsTakeEffectOnce,
  wordsTakeEffectOnce,
  effectsComeInOrder,
  listsGrow,
  oneUserAtATime,
  olderVersionsRefuse,
  silentAfterTheEnd,
]
