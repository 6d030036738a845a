import type { Operation } from '../model/stored.ts'

/**
 * Operations as this process accepted them, for as long as it knows that nobody can have sent them. What is loaded, or made
 * anew by something else than a write of the app, is never among them.
 */
export const unsent: WeakSet<Operation> = new WeakSet()

/**
 * Where it is noted, in table `meta`, that others may send what a session accepted. The note is committed before the first of them is
 * sent, so whoever decides about such an operation, in a commit after it, knows.
 */
export const takenKey = (session: string | undefined): string => `taken/${session}`
