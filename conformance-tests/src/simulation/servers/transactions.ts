import { SyncError } from '@rowkeep/kernel'
import type { World } from '../world.ts'
import type { Profile } from './profile.ts'
import { type Commit, type Held, keyOf, type Rows } from './rows.ts'
import type { Effect } from './site.ts'

/** A row as it is to be; the rest of {@link Held} is stamped. */
export type Write = Pick<Held, 'collection' | 'id' | 'user' | 'record' | 'isHidden' | 'marks'> & {
  /** Absent: it only comes and goes, and its record stays. */
  readonly effect?: Pick<Effect, 'opId' | 'by'>
}

/** What is to be written, and what is to be answered once it is. */
export interface Decision<T> {
  readonly writes: readonly Write[]
  readonly log?: Commit['log']
  readonly answer: (rows: readonly Held[]) => T
}

const nothing = (): void => {}

/**
 * Writes of the server. Each locks its rows, decides, stamps what it writes, and takes effect some time later, as transactions of a
 * database do: so later stamps may be seen earlier.
 */
export class Transactions {
  readonly #world: World
  readonly #profile: Profile
  readonly #rows: Rows
  readonly #locked = new Map<string, Promise<void>>()
  /** Stamps of what has not taken effect yet. */
  readonly #open = new Set<number>()
  readonly #told: (rows: readonly Held[]) => void
  readonly effects: Effect[] = []
  /** The newest number given to a write. */
  #last = 0
  /** Changes when the server goes back to an earlier state: what was open then is lost. */
  #history = 0

  constructor(world: World, profile: Profile, rows: Rows, told: (rows: readonly Held[]) => void) {
    this.#world = world
    this.#profile = profile
    this.#rows = rows
    this.#told = told
  }

  /** Nothing up to here is still to be seen. */
  get safePoint(): number {
    return Math.min(this.#last, ...[...this.#open].map((stamp) => stamp - 1))
  }

  /** Identity of the history that the rows are of. */
  get epoch(): string {
    return `e${this.#history}`
  }

  /**
   * One transaction over the rows of `keys`, which takes effect after `ms`.
   * @throws SyncError `SYNC_NETWORK` if the server went down meanwhile
   */
  async run<T>(keys: readonly string[], ms: number, decide: () => Decision<T>): Promise<T> {
    const unlock = await this.#lock(keys)
    const history = this.#history
    let stamped: readonly Held[] = []
    try {
      const { writes, log = [], answer } = decide()
      stamped = writes.map((write) => this.#stamped(write))
      for (const { revision } of stamped) this.#open.add(revision)
      if (ms > 0 && writes.length > 0) await this.#wait(ms)
      if (history !== this.#history) throw new SyncError('SYNC_NETWORK')
      if (writes.length > 0) this.#commit(writes, stamped, log)
      return answer(stamped)
    } finally {
      // In another history the numbers are somebody else's.
      if (history === this.#history) for (const { revision } of stamped) this.#open.delete(revision)
      unlock()
    }
  }

  /** The server goes down, and comes up as it was before its last `commits` commits. */
  restore(commits: number): readonly Effect[] {
    const lost = this.#rows.goBack(commits)
    this.#history += 1
    this.#open.clear()
    // Numbers are given out anew.
    this.#last = Math.max(0, ...Array.from(this.#rows.all(), ({ revision }) => revision))
    return lost
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.#world.loop.plan(ms, `commit ${this.#last}`, resolve))
  }

  #stamped({ effect: _, ...write }: Write): Held {
    const { now } = this.#world.loop
    const { capabilities, coarseMs } = this.#profile
    this.#last += 1
    const at = capabilities.feed === 'ordered' ? this.#last : now - (now % coarseMs)
    return { ...write, revision: this.#last, at, writtenAt: now }
  }

  #commit(writes: readonly Write[], stamped: readonly Held[], log: Commit['log']): void {
    const effects = writes.flatMap(({ effect, record: after, user, collection, id }): Effect[] => {
      const before = this.#rows.get(keyOf(collection, id))?.record ?? null
      return effect ? [{ ...effect, user, collection, id, before, after, at: this.#world.loop.now }] : []
    })
    this.effects.push(...effects)
    this.#rows.commit({ rows: stamped, effects, log })
    this.#told(stamped)
  }

  /** Waits until nobody else writes the rows; they are taken in one order by all, so that none waits for another for ever. */
  async #lock(keys: readonly string[]): Promise<() => void> {
    const held: (() => void)[] = []
    for (const key of [...new Set(keys)].sort()) {
      const before = this.#locked.get(key)
      let free = nothing
      const mine = new Promise<void>((resolve) => {
        free = resolve
      })
      this.#locked.set(key, mine)
      held.push(() => {
        if (this.#locked.get(key) === mine) this.#locked.delete(key)
        free()
      })
      if (before) await before
    }
    return () => {
      for (const free of held) free()
    }
  }
}
