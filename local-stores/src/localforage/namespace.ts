import {
  type CommitNumber,
  type Durability,
  isSyncError,
  type LoadPage,
  type OpenStore,
  type RoomyStore,
  type SharedStore,
  type Sharing,
  type StoreEntry,
  SyncError,
  type WatchableStore,
} from '@rowkeep/kernel'
import { tabs } from '@rowkeep/kernel/tabs'
import { type EntryText, textsOf } from '../common/entries.ts'
import { roomOfOrigin } from '../common/room.ts'
import { compact } from './compact.ts'
import { brokenStore, writeFailure } from './failures.ts'
import { type Floor, upToOf } from './floor.ts'
import { load } from './load.ts'
import type { Settings } from './options.ts'
import { Reserve } from './reserve.ts'
import { commitName, type Space, within } from './space.ts'
import { lineOf, textOf } from './text.ts'
import { trim } from './trim.ts'

/** A commit that takes longer will never end; so it is on some platforms after a page was asleep. */
const COMMIT_MS = 30_000

/** What an open namespace is made of. */
export interface NamespaceParts {
  readonly space: Space
  readonly floor: Floor
  readonly settings: Settings
  /** Lets go the lock that says it is open. */
  readonly release: () => Promise<void>
}

/** How far a commit is. `writing`: it may have taken effect. `over`: nobody waits for it any more. */
interface Attempt {
  writing: boolean
  over: boolean
}

/** One namespace, open: compares, writes and tells commits, and folds them behind the app's back. */
export class OpenNamespace implements OpenStore, WatchableStore, SharedStore {
  readonly durability: Durability
  readonly tabs: Sharing
  /** See {@link RoomyStore}. */
  readonly room: RoomyStore['room'] | undefined = roomOfOrigin()
  readonly #parts: NamespaceParts
  readonly #life: string
  readonly #reserve: Reserve
  readonly #listeners = new Set<(head: CommitNumber) => void>()
  readonly #channel: { post(message: number): void; close(): void } | undefined
  readonly #working = new Set<Promise<unknown>>()
  #closing: Promise<void> | undefined
  #broken: unknown
  /** The newest commit known to be there. */
  #newest: CommitNumber = 0
  /** The newest commit that is folded, or that a fold was last tried at. */
  #folded: CommitNumber
  #full = false
  #upkeep: Promise<void> | undefined

  constructor(parts: NamespaceParts) {
    const { space, floor, settings } = parts
    this.#parts = parts
    this.#life = floor.life
    this.#folded = upToOf(floor)
    this.#reserve = new Reserve(space, settings.reserveCharacters)
    this.durability = settings.durability
    this.tabs = tabs(space.title)
    this.#channel = space.ground.env.broadcast?.(space.title, (head) => {
      if (typeof head === 'number') for (const listener of [...this.#listeners]) listener(head)
    })
    this.#startUpkeep()
  }

  async *load(after: CommitNumber = 0): AsyncIterable<LoadPage> {
    this.#mustWork()
    try {
      for await (const page of load(this.#parts.space, this.#life, after)) {
        this.#mustWork()
        this.#newest = Math.max(this.#newest, page.head)
        yield page
      }
    } catch (thrown) {
      throw this.#noted(thrown)
    }
  }

  async commit(entries: readonly StoreEntry[], after: CommitNumber): Promise<CommitNumber> {
    this.#mustWork()
    const texts = textsOf(entries, this.#parts.settings.limits)
    const committing = this.#committed(texts, after)
    this.#working.add(committing)
    try {
      await committing
    } catch (thrown) {
      // Where the medium is full, folding may make room for the next try.
      this.#startUpkeep()
      throw this.#noted(thrown)
    } finally {
      this.#working.delete(committing)
    }
    const head = after + 1
    this.#newest = Math.max(this.#newest, head)
    this.#channel?.post(head)
    this.#startUpkeep()
    return head
  }

  watch(listener: (head: CommitNumber) => void): () => void {
    const own = (head: CommitNumber): void => listener(head)
    this.#listeners.add(own)
    return () => this.#listeners.delete(own)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#working)
    await this.#upkeep
    this.#listeners.clear()
    this.#channel?.close()
    await this.#parts.release()
  }

  #mustWork(): void {
    if (this.#closing) throw new SyncError('SYNC_CLOSED')
    if (this.#broken !== undefined) {
      throw brokenStore('earlier the store became unsure of what it holds', this.#broken)
    }
  }

  #noted(thrown: unknown): unknown {
    if (isSyncError(thrown, 'SYNC_STORE_BROKEN')) this.#broken ??= thrown
    return thrown
  }

  #committed(texts: readonly EntryText[], after: CommitNumber): Promise<void> {
    const { space } = this.#parts
    const attempt: Attempt = { writing: false, over: false }
    const work = space.locked(async () => {
      await this.#compare(after)
      if (attempt.over) return
      attempt.writing = true
      await this.#write(texts, commitName(this.#life, after + 1))
    })
    return within(space.ground.env, COMMIT_MS, work, () => {
      // The lock stays with the write as long as that is under way: nobody else gets its number meanwhile.
      attempt.over = true
      const what = `the commit did not end in ${COMMIT_MS} ms`
      return attempt.writing ? brokenStore(what) : new SyncError('SYNC_STORE_FAILED', { message: what })
    })
  }

  /** Both must allow: after a fold the next number is free even for those who are behind. */
  async #compare(after: CommitNumber): Promise<void> {
    const { space } = this.#parts
    const [floor, next] = await Promise.all([space.floor(this.#life), space.get(commitName(this.#life, after + 1))])
    const upTo = upToOf(floor)
    // What another tab has folded need not be folded again.
    this.#folded = Math.max(this.#folded, upTo)
    const isNewest = Number.isSafeInteger(after) && upTo <= after && next === null
    const isThere = after <= Math.max(upTo, this.#newest) || (await space.get(commitName(this.#life, after))) !== null
    if (isNewest && isThere) return
    const message = `${after} is not the newest commit`
    throw new SyncError('SYNC_STORE_STALE', { message, details: { after } })
  }

  async #write(texts: readonly EntryText[], name: string): Promise<void> {
    const text = textOf(texts.map(lineOf))
    try {
      await this.#put(name, text)
    } catch (thrown) {
      if (!isSyncError(thrown, 'SYNC_STORE_FULL')) throw thrown
      this.#full = true
      if (!this.#mayDrain(texts, text) || !(await this.#reserve.release())) throw thrown
      await this.#put(name, text)
    }
  }

  /** A write that is told to have failed is looked at: told wrongly, its number would be given twice. */
  async #put(name: string, text: string): Promise<void> {
    const { space } = this.#parts
    try {
      await space.put(name, text)
    } catch (thrown) {
      const held = await space.get(name).catch(() => undefined)
      if (held === text) return
      throw held === null ? writeFailure(thrown) : brokenStore('it is not known whether the commit was written', thrown)
    }
  }

  #mayDrain(texts: readonly EntryText[], { length }: string): boolean {
    const removals = texts.filter(({ text }) => text === undefined).length
    return removals > 0 && (removals === texts.length || length <= this.#reserve.smallCharacters)
  }

  get #foldDue(): boolean {
    const { compactAfterCommits } = this.#parts.settings
    return this.#full || this.#newest - this.#folded >= compactAfterCommits
  }

  #startUpkeep(): void {
    if (this.#upkeep || this.#closing || !(this.#foldDue || this.#reserve.missing)) return
    this.#upkeep = this.#keepUp().finally(() => {
      this.#upkeep = undefined
    })
  }

  /** Never rejects: no commit waits for it, and none may fail by it. */
  async #keepUp(): Promise<void> {
    try {
      if (this.#foldDue) await this.#fold()
      if (!this.#closing) await this.#reserve.restore()
    } catch {
      // What could not be folded is as it was, only long: a commit that meets the same trouble tells of it.
    }
  }

  async #fold(): Promise<void> {
    const { space, settings } = this.#parts
    this.#folded = this.#newest
    const stopped = (): boolean => this.#closing !== undefined
    const work = { space, life: this.#life, partCharacters: settings.partCharacters, stopped }
    // Where another tab folds, it does so for all.
    const fold = async (): Promise<void> => {
      if (this.#full) await trim(work)
      if (await compact(work)) this.#full = false
    }
    await space.ground.locks.hold(`${space.title}/fold`, fold, { wait: false })
  }
}
