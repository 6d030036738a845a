import type { CommitNumber, Env } from '@rowkeep/kernel'
import type { Locks } from '../common/locks.ts'
import { brokenStore, failure } from './failures.ts'
import { type Floor, floorOf, type Segment } from './floor.ts'
import type { KeyValues } from './key-values.ts'

/** What the store stands on: where the keys are, and what is not deterministic. */
export interface Ground {
  readonly keyValues: KeyValues
  readonly locks: Locks
  readonly env: Env
}

/** A read that takes longer will never end; so it is on some platforms after a page was asleep. */
const READ_MS = 20_000

/** Settles as `work` does; after `ms` it rejects with what `late` makes. The work goes on. */
export function within<T>(env: Env, ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = env.setTimer(ms, () => reject(late()))
    work.finally(cancel).then(resolve, reject)
  })
}

/** So much work at a time holds up nothing. */
const REST_CHARACTERS = 1_000_000

/**
 * Lets everything else run after so many characters of what it is called with: not every driver does between two calls. Not more
 * often, because in a hidden tab each timer takes a second.
 */
export function restsOf(env: Env): (held: unknown) => Promise<void> {
  let characters = 0
  return async (held) => {
    characters += String(held).length
    if (characters < REST_CHARACTERS) return
    characters = 0
    await new Promise<void>((resolve) => env.setTimer(0, resolve))
  }
}

/**
 * The keys of one namespace, each with a short name of its own:
 *
 *   floor            what counts: see {@link Floor}
 *   c/<life>/<n>     commit n
 *   p/<id>           a part of a segment
 *   reserve          takes up room
 */
export class Space {
  readonly ground: Ground
  /** Of the namespace, for locks and messages: the same in every tab. */
  readonly title: string
  readonly #prefix: string

  constructor(ground: Ground, namespace: string) {
    const { name, storeName } = ground.keyValues.config()
    this.ground = ground
    this.title = `rowkeep/${name}/${storeName}/${namespace}`
    this.#prefix = `rowkeep/${namespace}/`
  }

  /** What a key holds; `null`: there is no such key. @throws SyncError `SYNC_STORE_FAILED` */
  get(name: string): Promise<unknown> {
    return this.#read(this.ground.keyValues.getItem(this.#prefix + name), name)
  }

  /** The names of all its keys, in no order. @throws SyncError `SYNC_STORE_FAILED` */
  async names(): Promise<readonly string[]> {
    const all = await this.#read(this.ground.keyValues.keys(), 'the list of keys')
    return all.filter((key) => key.startsWith(this.#prefix)).map((key) => key.slice(this.#prefix.length))
  }

  /** Rejects with the platform's own error. */
  async put(name: string, text: string): Promise<void> {
    await this.ground.keyValues.setItem(this.#prefix + name, text)
  }

  /** No key of that name is no error. Rejects with the platform's own error. */
  async remove(name: string): Promise<void> {
    await this.ground.keyValues.removeItem(this.#prefix + name)
  }

  /** The floor of this life. @throws SyncError `SYNC_STORE_BROKEN` where the namespace is no longer the one that was opened */
  async floor(life: string): Promise<Floor> {
    const held = await this.get('floor')
    let floor: Floor | undefined
    try {
      floor = floorOf(held)
    } catch (thrown) {
      throw brokenStore('the namespace is gone, damaged or of a newer format', thrown)
    }
    if (floor.life !== life) throw brokenStore('the namespace was removed and made anew')
    return floor
  }

  /** Runs `body` while nobody else commits to the namespace, or moves its floor. */
  locked<T>(body: () => Promise<T>): Promise<T> {
    return this.ground.locks.hold(`${this.title}/commit`, body)
  }

  #read<T>(reading: Promise<T>, what: string): Promise<T> {
    const late = (): Error => new Error(`no answer in ${READ_MS} ms`)
    return within(this.ground.env, READ_MS, reading, late).catch((thrown: unknown) => {
      throw failure(thrown, `${what} could not be read`)
    })
  }
}

export const commitName = (life: string, commit: CommitNumber): string => `c/${life}/${commit}`

export const partName = (id: string): string => `p/${id}`

/** The names of a segment's keys, in order. */
export const partNames = ({ parts }: Segment): readonly string[] => parts.map(partName)

/** The commits of this life among the names, newest last. */
export const commitsIn = (names: readonly string[], life: string): readonly CommitNumber[] =>
  names
    .filter((name) => name.startsWith(`c/${life}/`))
    .map((name) => Number(name.slice(life.length + 3)))
    .filter(Number.isSafeInteger)
    .sort((a, b) => a - b)
