import { type RemoteAdapter, type RemoteCapabilities, SyncError, type SyncErrorCode } from '@rowkeep/kernel'
import type { Collection, Row } from '../devices/app.ts'
import type { Device } from '../devices/device.ts'
import type { Tab } from '../devices/tab.ts'
import { pick } from '../time/chance.ts'
import type { World } from '../world.ts'
import { frozen } from './changes.ts'
import { Credentials } from './credentials.ts'
import { Feed } from './feed.ts'
import { Live } from './live.ts'
import { modelAdapter, type Served } from './model-adapter.ts'
import { modelProfiles, type Profile } from './profile.ts'
import { type Promises, promisesOf } from './promises.ts'
import { Push } from './push.ts'
import { type Held, isLive, keyOf, Rows } from './rows.ts'
import type { Effect, Site, Subject } from './site.ts'
import { Transactions, type Write } from './transactions.ts'

/** When a history begins by the server's clock, ms. */
const epochMs = 1_800_000_000_000

/** By so much at most the clock of a backend goes wrong by which alone devices tell that a cursor is too old, ms. */
const stepMs = 3_000

/** The limits that this history has of what a backend of the profile declares: small enough to matter. */
function capabilitiesIn({ chance }: World, { capabilities }: Profile): RemoteCapabilities {
  const limits = {
    ...capabilities.limits,
    pageRows: 2 + Math.floor(chance('limits', 'pageRows') * 4),
    parallel: 1 + Math.floor(chance('limits', 'parallel') * 4),
    operations: pick([1, 2, 3, 50], chance('limits', 'operations')),
  }
  return Object.freeze({ ...capabilities, limits: Object.freeze(limits) })
}

/** A backend as its profile has it. */
class ModelSite implements Site, Served {
  readonly isDirect: boolean = true
  readonly promises: Promises
  readonly credentials: Credentials
  readonly live: Live
  readonly #world: World
  readonly #profile: Profile
  readonly #capabilities: RemoteCapabilities
  readonly #rows: Rows
  readonly #transactions: Transactions
  readonly #feed: Feed
  readonly #push: Push
  /** By user and collection until when it may not be read, ms of the history. */
  readonly #shut = new Map<string, number>()
  #clockMs = 0

  constructor(world: World, profile: Profile) {
    this.#world = world
    this.#profile = profile
    this.#capabilities = capabilitiesIn(world, profile)
    this.promises = promisesOf(profile.capabilities)
    this.credentials = new Credentials(world)
    this.live = new Live(world, profile)
    this.#rows = new Rows(profile)
    this.#transactions = new Transactions(world, profile, this.#rows, (rows) => this.live.tell(rows))
    const { loop } = world
    const now = (): number => loop.now
    this.#feed = new Feed(profile, this.#rows, this.#transactions, now, () => epochMs + loop.now + this.#clockMs)
    this.#push = new Push(world, profile, this.#rows, this.#transactions)
  }

  get effects(): readonly Effect[] {
    return this.#transactions.effects
  }

  get refreshes(): boolean {
    return this.#profile.refreshes
  }

  remote(tab: Tab): RemoteAdapter {
    return modelAdapter(this.#world, tab, this.#profile, this.#capabilities, this)
  }

  fetch(): Promise<Response> {
    return Promise.reject(new SyncError('SYNC_NETWORK'))
  }

  pull: Served['pull'] = ({ user }, request) => {
    const isShut = (collection: string): boolean =>
      this.#world.faulty && this.#world.loop.now < (this.#shut.get(keyOf(user, collection)) ?? 0)
    if (request.feed.collections.some(isShut)) throw new SyncError('SYNC_FORBIDDEN')
    return this.#feed.page(user, request)
  }

  push: Served['push'] = async (caller, request, key) => {
    for (const { opId, collection, id } of request.operations)
      if (this.#world.strikes('overtaken', `${key} ${opId}`))
        await this.write(caller.user, collection as Collection, { id, title: `f${key} ${opId}` })
    return this.#push.take(caller, request, key)
  }

  async rows(user: string, collection: Collection): Promise<ReadonlyMap<string, Row>> {
    const mine = [...this.#rows.all()].filter((row) => row.user === user && row.collection === collection)
    return new Map(mine.filter(isLive).map(({ id, record }) => [id, record]))
  }

  write(user: string, collection: Collection, row: Row): Promise<void> {
    const { id } = row
    return this.#put(user, collection, id, (held) => ({
      record: frozen({ ...held?.record, ...row }),
      effect: { opId: undefined },
    }))
  }

  remove(user: string, collection: Collection, id: string): Promise<void> {
    const effect = { opId: undefined }
    return this.#put(user, collection, id, (held) => (held?.record ? { record: null, effect } : undefined))
  }

  evict(user: string, collection: Collection, id: string): Promise<void> {
    return this.#put(user, collection, id, (held) => (isLive(held) ? { isHidden: true } : undefined))
  }

  readmit(user: string, collection: Collection, id: string): Promise<void> {
    return this.#put(user, collection, id, (held) => (held?.isHidden ? { isHidden: false } : undefined))
  }

  async expire(): Promise<void> {
    this.#feed.expire()
  }

  async restore(commits: number): Promise<void> {
    this.#feed.reset()
    // A database goes back by being started anew: who was connected is not any more.
    this.live.cut()
    this.#world.diary.tell({ kind: 'restored', takenBack: this.#transactions.restore(commits) })
  }

  async forbid(_user: string, collection: Collection, id: string, code: SyncErrorCode): Promise<void> {
    this.#push.forbid(keyOf(collection, id), code)
  }

  jam(collection: Collection, id: string): void {
    this.#push.jam(keyOf(collection, id))
  }

  async shut(user: string, collection: Collection, ms: number): Promise<void> {
    this.#shut.set(keyOf(user, collection), this.#world.loop.now + ms)
  }

  async expireToken({ name }: Device, user: string, ms: number): Promise<void> {
    this.credentials.expire({ user, device: name }, ms)
  }

  signIn({ name }: Device, user: string): void {
    this.credentials.signIn({ user, device: name })
  }

  async setClock(ms: number): Promise<void> {
    // By more than a deletion is kept longer than declared, nobody could tell what was missed.
    const most = this.#capabilities.expiry === 'silent' ? stepMs : Number.MAX_SAFE_INTEGER
    this.#clockMs = Math.max(-most, Math.min(most, ms))
  }

  /** A write of somebody else, who is never in two minds and has no operation. */
  #put(
    user: string,
    collection: Collection,
    id: string,
    decide: (held: Held | undefined) => Partial<Write> | undefined,
  ): Promise<void> {
    const key = keyOf(collection, id)
    return this.#transactions.run([key], 0, () => {
      const held = this.#rows.get(key)
      const written = decide(held)
      const { record = null, isHidden = false, marks = [] } = held ?? {}
      const row: Write = { collection, id, user, record, isHidden, marks, ...written }
      return { writes: written ? [row] : [], answer: () => undefined }
    })
  }
}

/** The model backend of a profile. Default: the one that each history names. */
export const modelSubject = (name?: string): Subject => ({
  name: name ?? 'model',
  open(world) {
    const profile = modelProfiles[name ?? world.history.profile]
    if (!profile) throw new SyncError('SYNC_CONFIG_INVALID', { message: `there is no profile ${name}` })
    return new ModelSite(world, profile)
  },
})
