import type { World } from '../world.ts'
import { converged } from './convergence.ts'
import { appliedOnce } from './effects.ts'
import { oneUserAtATime } from './switching.ts'
import type { Violation } from './violation.ts'

/** A judge of a history that has come to its end. */
export type Oracle = (world: World) => readonly Violation[] | Promise<readonly Violation[]>

/** Every judge. */
export const oracles: readonly Oracle[] = [converged, appliedOnce, oneUserAtATime]
