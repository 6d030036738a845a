import type { JsonObject } from '@rowkeep/kernel'

/** How the world of a history is set up. */
export interface Setup {
  readonly devices: number
  readonly users: number
  /** `many`: the store can be open in several tabs at once. */
  readonly writers: 'one' | 'many'
  /** Whether the platform has Web Locks, and BroadcastChannel. */
  readonly locks: boolean
  readonly channels: boolean
  /** Whether notes refer to tasks, and go with them. */
  readonly relations: boolean
  /** What the store grants: under `relaxed` a power loss takes back the last commits. */
  readonly durability: 'relaxed' | 'strict'
  /** Whether the platform may delete what the store keeps. Default: no. */
  readonly evictable?: boolean
  /** How long a commit takes at most, ms. */
  readonly storeMs: number
  /** How long a message travels at most, ms. */
  readonly networkMs: number
  readonly pullIntervalMs: number
  /**
   * Who decides conflicts: nobody, or a resolver that answers so. `late`: what is local, some time later. `own`: a record of its
   * own. `throws`, `silent`: none.
   */
  readonly resolver: 'none' | 'local' | 'remote' | 'ask' | 'delete' | 'late' | 'own' | 'throws' | 'silent'
}

/** One thing that happens: `do` names its kind, the rest are its details. */
export type Act = JsonObject & { readonly do: string }

/** An act, so long after the one before it. Its id keys every chance that follows from it, so that others can be taken out. */
export interface Step {
  readonly id: number
  readonly afterMs: number
  readonly device: number
  readonly act: Act
}

/** By name of a fault how often it comes, 0 to 1. Absent: never. */
export type FaultRates = Readonly<Record<string, number>>

/** What is run, as plain data: the same history does the same things, always. */
export interface History {
  readonly seed: number
  /** Name of the backend it is run against. */
  readonly profile: string
  readonly setup: Setup
  readonly faults: FaultRates
  readonly steps: readonly Step[]
}
