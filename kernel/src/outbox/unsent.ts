import type { Operation } from '../model/stored.ts'

/**
 * Operations as this process accepted them, for as long as it knows that nobody can have sent them. What is loaded, or made
 * anew by something else than a write of the app, is never among them.
 */
export const unsent: WeakSet<Operation> = new WeakSet()
