import type { Judge } from './judge.ts'

/** All of them, in the order they are heard. */
export const judges: readonly Judge[] = []
