import type { Env } from '@rowkeep/kernel'
import type { Tab } from '../devices/tab.ts'

interface Asked {
  readonly tab: Tab
  readonly shared: boolean
  readonly grant: () => void
}

interface Lock {
  holders: Asked[]
  waiting: Asked[]
}

/** The Web Locks of one device: those of a tab that is gone are free. */
export class Locks {
  readonly #locks = new Map<string, Lock>()

  of(tab: Tab): NonNullable<Env['locks']> {
    return {
      hold: (name, body, { wait = true, shared = false } = {}) =>
        new Promise((resolve, reject) => {
          const lock = this.#lock(name)
          const release = (): void => this.#release(lock, asked)
          const grant = (): void =>
            void tab.deliver(0, `lock ${name}`, () => {
              Promise.resolve().then(body).finally(release).then(resolve, reject)
            })
          const asked: Asked = { tab, shared, grant }
          if (wait || this.#fits(lock, asked)) {
            lock.waiting.push(asked)
            this.#next(lock)
          } else tab.deliver(0, `no lock ${name}`, () => reject(new Error(name)))
        }),
    }
  }

  /** The platform lets go of everything a tab held or asked for. */
  gone(tab: Tab): void {
    for (const lock of this.#locks.values()) {
      lock.holders = lock.holders.filter((one) => one.tab !== tab)
      lock.waiting = lock.waiting.filter((one) => one.tab !== tab)
      this.#next(lock)
    }
  }

  #lock(name: string): Lock {
    const lock = this.#locks.get(name) ?? { holders: [], waiting: [] }
    this.#locks.set(name, lock)
    return lock
  }

  #fits({ holders, waiting }: Lock, { shared }: Asked): boolean {
    return waiting.length === 0 && (holders.length === 0 || (shared && holders.every((one) => one.shared)))
  }

  #release(lock: Lock, asked: Asked): void {
    lock.holders = lock.holders.filter((one) => one !== asked)
    this.#next(lock)
  }

  #next(lock: Lock): void {
    for (;;) {
      const next = lock.waiting[0]
      if (!next || !this.#fits({ holders: lock.holders, waiting: [] }, next)) return
      lock.waiting.shift()
      lock.holders.push(next)
      next.grant()
    }
  }
}
