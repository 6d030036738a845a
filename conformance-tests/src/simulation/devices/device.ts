import { conflicts } from '@rowkeep/kernel/inbox'
import type { Place } from '../stores/place.ts'
import { Channels } from '../time/channels.ts'
import { Locks } from '../time/locks.ts'
import type { World } from '../world.ts'
import type { Collection } from './app.ts'
import { connect, resume } from './app.ts'
import { Tab } from './tab.ts'

/** A phone or a browser: what is kept there, and the tabs that run on it. */
export class Device {
  readonly world: World
  readonly name: string
  readonly place: Place
  readonly locks: Locks = new Locks()
  readonly channels: Channels = new Channels()
  /** How far the clock is off, ms. */
  clockMs = 0
  /** The version of the app that is installed. */
  version = 1
  /** Who is signed in; `''`: nobody. */
  user: string
  /** Who has ever been. */
  readonly users: Set<string>
  tabs: readonly Tab[] = []
  #online = true
  #boots = 0
  #watchers: (readonly [tab: Tab, listener: (online: boolean) => void])[] = []

  constructor(world: World, name: string, user: string) {
    this.world = world
    this.name = name
    this.user = user
    this.place = world.placeOf(this)
    this.users = new Set([user])
  }

  /** Starts the app, in its newest version or another one. */
  boot(version: number = this.version): Tab {
    this.#boots += 1
    const tab = new Tab(this, `${this.name}.${this.#boots}`, this.user, version)
    this.tabs = [...this.tabs, tab]
    this.world.diary.tell({ kind: 'booted', tab: tab.name, version })
    if (this.user) tab.open()
    return tab
  }

  /** The tab somebody does something in, by a number in [0, 1): mostly the newest. */
  tabBy(by: number): Tab | undefined {
    const usable = this.tabs.filter((tab) => tab.usable)
    return by < 0.6 ? usable.at(-1) : usable[Math.floor((by - 0.6) * 2.5 * usable.length)]
  }

  /** From now on `user` is signed in; `''`: nobody. */
  signIn(user: string): void {
    this.user = user
    if (user) this.users.add(user)
  }

  /** Who was signed in last. */
  get lastUser(): string {
    return [...this.users].at(-1) ?? ''
  }

  /** `user` is signed in in every tab, and everything is connected. */
  recover(user: string): void {
    this.signIn(user)
    this.world.site.signIn?.(this, user)
    for (const tab of this.tabs) {
      const isOld = tab.client?.status.getSnapshot()?.state === 'outdated'
      if (isOld || tab.version < this.version || tab.account.shown !== user) tab.kill()
    }
    if (this.tabs.length === 0) this.boot()
    for (const tab of this.tabs) {
      const { client } = tab
      if (!client) continue
      tab.stopped = false
      resume(tab, client)
      connect(tab, client)
    }
  }

  gone(tab: Tab): void {
    this.tabs = this.tabs.filter((one) => one !== tab)
    this.#watchers = this.#watchers.filter(([owner]) => owner !== tab)
    this.locks.gone(tab)
    this.channels.gone(tab)
    this.place.gone(tab)
  }

  get online(): boolean {
    return this.#online
  }

  setOnline(online: boolean): void {
    if (online === this.#online) return
    this.#online = online
    this.world.diary.tell({ kind: 'online', device: this.name, isOnline: online })
    // The platform may say nothing of it.
    if (online && this.world.strikes('onlineUntold', `${this.name} ${this.world.loop.now}`)) return
    for (const [tab, listener] of this.#watchers) {
      tab.deliver(
        0,
        online ? 'online' : 'offline',
        () => this.#watchers.some(([, one]) => one === listener) && listener(online),
      )
    }
  }

  /** The user decides every conflict of the inbox, for the side of this device. */
  decideAll(): void {
    for (const tab of this.tabs.slice(0, 1)) {
      if (!tab.client) continue
      const inbox = conflicts(tab.client)
      for (const { id, collection, recordId } of inbox.getSnapshot() ?? []) {
        const about = { collection: collection as Collection, id: recordId, how: 'local', word: '' }
        this.world.diary.tell({ kind: 'resolved', tab: tab.name, ...about })
        void tab.call('resolve', inbox.resolve(id, 'local'))
      }
    }
  }

  watchOnline(tab: Tab, listener: (online: boolean) => void): () => void {
    const watcher = [tab, listener] as const
    this.#watchers.push(watcher)
    return () => {
      this.#watchers = this.#watchers.filter((one) => one !== watcher)
    }
  }
}
