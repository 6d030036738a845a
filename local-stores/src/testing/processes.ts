import { type Env, type LocalStore, platformEnv } from '@rowkeep/kernel'
import { type Locks, LocksHere } from '../common/locks.ts'
import type { Process, ProcessOptions, Step } from './medium.ts'

const never = new Promise<never>(() => {})

const nothing: Step = async () => {}

/** One process: what its store stands on, and its end. */
export class Running {
  readonly env: Env
  readonly locks: Locks
  readonly #given: Step
  #ended = false
  #release = (): void => {}

  constructor(locks: Locks, { step = nothing, env = platformEnv }: ProcessOptions) {
    this.#given = step
    const released = new Promise<void>((resolve) => {
      this.#release = resolve
    })
    this.locks = { hold: (name, body, how) => this.#alive(locks.hold(name, () => this.#until(released, body), how)) }
    this.env = { ...env, locks: this.locks }
  }

  readonly step: Step = (what, when) => this.#alive(this.#alive(Promise.resolve()).then(() => this.#given(what, when)))

  readonly end = (): void => {
    this.#ended = true
    this.#release()
  }

  /** Settles as `work` does, but for a process that has ended meanwhile. */
  #alive<T>(work: Promise<T>): Promise<T> {
    return work.then(
      (value) => (this.#ended ? never : value),
      (error: unknown) => (this.#ended ? never : Promise.reject(error)),
    )
  }

  #until<T>(released: Promise<void>, body: () => Promise<T> | T): Promise<T> {
    // Nobody sees what a process gets that has ended; what counts is that it lets go.
    return Promise.race([this.#ended ? released : body(), released]) as Promise<T>
  }
}

/** The processes on one medium, which see each other's locks. */
export class Processes {
  #locks = new LocksHere()
  #running: readonly Running[] = []

  start(options: ProcessOptions, storeOf: (running: Running) => LocalStore): Process {
    const running = new Running(this.#locks, options)
    this.#running = [...this.#running, running]
    const store = storeOf(running)
    const withLocks: LocalStore = {
      ...store,
      open: (spec) => store.open({ ...spec, env: { ...spec.env, locks: running.locks } }),
    }
    const end = (): void => {
      this.#running = this.#running.filter((one) => one !== running)
      running.end()
    }
    return { store: withLocks, end }
  }

  endAll(): void {
    for (const running of this.#running) running.end()
    this.#running = []
    this.#locks = new LocksHere()
  }
}
