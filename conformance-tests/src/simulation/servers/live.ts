import type { Feed, LiveEvent, RemoteChange } from '@rowkeep/kernel'
import type { Tab } from '../devices/tab.ts'
import type { World } from '../world.ts'
import type { Profile } from './profile.ts'
import { type Held, remoteRow } from './rows.ts'

/** Until a subscription takes hold, ms. */
const connectMs = 30

/** One subscription: a connection that may break without a word. */
class Channel {
  readonly #world: World
  readonly #profile: Profile
  readonly #tab: Tab
  readonly #feed: Feed
  readonly #user: string
  readonly #listener: (event: LiveEvent) => void
  /** `deaf`: what happens is not told yet. `dead`: nor will it ever be. */
  #state: 'deaf' | 'open' | 'dead' = 'deaf'
  #isEnded = false
  /** What is on its way does not arrive. */
  #isCut = false

  constructor(
    world: World,
    profile: Profile,
    tab: Tab,
    feed: Feed,
    user: string,
    listener: (event: LiveEvent) => void,
  ) {
    this.#world = world
    this.#profile = profile
    this.#tab = tab
    this.#feed = feed
    this.#user = user
    this.#listener = listener
  }

  get isEnded(): boolean {
    return this.#isEnded
  }

  /** `isKnown`: whether the server lets the user in. */
  connect(isKnown: () => boolean): void {
    const { loop, chance } = this.#world
    loop.plan(connectMs, this.#tab.key('connect'), () => {
      if (!this.#tab.device.online) return this.#down('SYNC_NETWORK')
      if (!isKnown()) return this.#down('SYNC_AUTH_REQUIRED')
      const key = this.#tab.key('up')
      this.#say({ kind: 'up' }, 'up', 1)
      // Some say so before it is so: that is what `settleMs` is declared for.
      const early = this.#world.strikes('upEarly', key)
      const { settleMs } = this.#profile.capabilities.limits
      if (early) loop.plan(chance('settle', key) * settleMs, key, () => this.#open())
      else this.#open()
    })
  }

  /** Rows of `user` have changed. */
  tell(rows: readonly Held[]): void {
    const told = rows.filter((row) => row.user === this.#user && this.#feed.collections.includes(row.collection))
    if (this.#state !== 'open' || told.length === 0) return
    const key = this.#tab.key('live')
    if (this.#strikes('liveSilent', key)) this.#state = 'dead'
    else if (this.#strikes('liveDown', key)) this.#down('SYNC_NETWORK')
    else if (!this.#strikes('liveLost', key)) {
      const ms = 1 + this.#world.chance('live', key) * this.#world.history.setup.networkMs
      const event = this.#eventOf(told)
      this.#say(event, key, this.#strikes('liveLate', key) ? ms + 3_000 : ms)
      if (this.#strikes('liveTwice', key)) this.#say(event, `${key} again`, ms + 500)
    }
  }

  /** The server goes away, with all that it has not delivered. */
  cut(): void {
    if (this.#state !== 'dead') this.#down('SYNC_NETWORK')
    this.#isCut = true
  }

  end(): void {
    this.#isEnded = true
    this.#state = 'dead'
  }

  /** Rows as they are now, where they may be told; that a row has left has no version, so that only a pull tells it. */
  #eventOf(rows: readonly Held[]): LiveEvent {
    const isData = this.#profile.capabilities.live === 'data' && rows.every(({ isHidden }) => !isHidden)
    if (!isData) return { kind: 'poke' }
    return { kind: 'data', changes: rows.map((row): RemoteChange => remoteRow(row, this.#profile)) }
  }

  #open(): void {
    if (this.#state === 'deaf') this.#state = 'open'
  }

  #down(code: 'SYNC_NETWORK' | 'SYNC_AUTH_REQUIRED'): void {
    this.#state = 'dead'
    this.#tab.deliver(50, this.#tab.key('down'), () => this.#hear({ kind: 'down', error: { code } }))
  }

  #say(event: LiveEvent, key: string, ms: number): void {
    this.#tab.deliver(ms, key, () => {
      if (this.#isCut) return
      if (this.#tab.device.online) this.#hear(event)
      else if (this.#state !== 'dead') this.#down('SYNC_NETWORK')
    })
  }

  #hear(event: LiveEvent): void {
    if (this.#isEnded) return
    const { settleMs } = this.#profile.capabilities.limits
    if (event.kind === 'up') this.#world.diary.tell({ kind: 'up', tab: this.#tab.name, settleMs })
    this.#listener(event)
  }

  #strikes(fault: string, key: string): boolean {
    return this.#world.strikes(fault, key)
  }
}

/** The live channels of a backend. */
export class Live {
  readonly #world: World
  readonly #profile: Profile
  #channels: readonly Channel[] = []

  constructor(world: World, profile: Profile) {
    this.#world = world
    this.#profile = profile
  }

  /** `isKnown`: whether the server lets the user in. The result ends the subscription. */
  subscribe(
    tab: Tab,
    feed: Feed,
    user: string,
    listener: (event: LiveEvent) => void,
    isKnown: () => boolean,
  ): () => void {
    const channel = new Channel(this.#world, this.#profile, tab, feed, user, listener)
    this.#channels = [...this.#channels.filter(({ isEnded }) => !isEnded), channel]
    channel.connect(isKnown)
    return () => channel.end()
  }

  tell(rows: readonly Held[]): void {
    for (const channel of this.#channels) channel.tell(rows)
  }

  /** Every connection breaks. */
  cut(): void {
    for (const channel of this.#channels) channel.cut()
  }
}
