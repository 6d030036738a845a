import type { RemoteCapabilities } from '@rowkeep/kernel'
import type { Clause } from '../harness.ts'

/** One clause of CONTRACT.md as a run. */
export interface Scenario<Context> {
  readonly clause: Clause
  /** What holds, in the words of a result table. */
  readonly title: string
  /** A reason to skip, chosen by what the implementation declares; `undefined`: it applies. */
  readonly needs?: (context: Context) => string | undefined
  /** What may still be declared when the clause does not hold. `undefined`: no level can be claimed without it. */
  readonly otherwise?: Partial<RemoteCapabilities>
  run(context: Context): Promise<void>
}

/** Thrown by a scenario that finds out only while running that it does not apply. */
export class Inapplicable extends Error {}

/** How one clause ended. */
export type Outcome =
  | { readonly status: 'passed' }
  | { readonly status: 'skipped'; readonly reason: string }
  /** A known gap that failed as it must. */
  | { readonly status: 'gap'; readonly reason: string; readonly error: Error }
  | { readonly status: 'failed'; readonly error: Error }

/** One clause of one implementation, ready to run. */
export interface Case {
  readonly clause: Clause
  readonly title: string
  /** Why the clause is known not to hold; `undefined`: it must hold. */
  readonly gap: string | undefined
  readonly otherwise: Partial<RemoteCapabilities> | undefined
  /** Runs on a fresh set-up. Never rejects: a broken set-up is an outcome too. */
  readonly run: () => Promise<Outcome>
}

/** All clauses for one implementation. Needs no test runner. */
export interface Suite {
  readonly name: string
  readonly kind: 'store' | 'remote'
  /** The harness module it was found in; `undefined`: it was not looked for. */
  readonly module?: string
  readonly cases: readonly Case[]
  /** What the implementation declares; `undefined` for a store. May ask the harness for an instance. */
  declared(): Promise<RemoteCapabilities | undefined>
}
