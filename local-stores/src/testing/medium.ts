import type { Env, LocalStore } from '@rowkeep/kernel'

/**
 * Where a step of a medium is. `read`: about to look, without an effect. `before`: about to take effect. `within`: half of the bytes
 * of a write are down. `after`: in effect, and nobody told.
 */
export type When = 'read' | 'before' | 'within' | 'after'

/**
 * Called around every step of a process on a medium, such as `write /data/u-ada/journal` or `put rowkeep/u-ada/floor`. The step
 * goes on when the promise resolves; where it rejects, the step fails with that error and the effect it has had so far.
 */
export type Step = (what: string, when: When) => Promise<void>

/** What a process is given. */
export interface ProcessOptions {
  /** Default: every step succeeds at once. */
  readonly step?: Step
  /** What the store uses where no `open` gives it one. Default: the platform's. */
  readonly env?: Env
}

/** One process, or one tab, that uses a store on a medium. */
export interface Process {
  readonly store: LocalStore
  /**
   * It is gone at once, as by SIGKILL: no step of it takes effect any more, none of its promises settles, and its locks are free.
   * What it wrote stays. Safe twice, also inside a step.
   */
  end(): void
}

/** A medium in memory under a real store, on which a process can be stopped at any step. */
export interface Medium {
  /** Starts a process. */
  start(options?: ProcessOptions): Process
  /**
   * The power fails: every process ends. `synced` leaves only what the medium had been told to keep for good, `half` also the first
   * half of the other bytes, under the names there were; a medium whose steps are atomic and durable leaves all of it.
   */
  losePower(keeps: 'synced' | 'half'): void
  /** Another medium with what this one holds now, and no process on it. */
  copy(): Medium
}
