import type { Place } from '../stores/place.ts'
import { Channels } from '../time/channels.ts'
import { Locks } from '../time/locks.ts'
import type { World } from '../world.ts'
import { openApp } from './app.ts'
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
  /** Who is signed in. */
  user: string
  tabs: readonly Tab[] = []
  #online = true
  #boots = 0
  #watchers: (readonly [tab: Tab, listener: (online: boolean) => void])[] = []

  constructor(world: World, name: string, user: string) {
    this.world = world
    this.name = name
    this.user = user
    this.place = world.placeOf(this)
  }

  /** Starts the app. */
  boot(): Tab {
    this.#boots += 1
    const tab = new Tab(this, `${this.name}.${this.#boots}`, this.user)
    this.tabs = [...this.tabs, tab]
    tab.client = openApp(tab)
    return tab
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
    for (const [tab, listener] of this.#watchers) {
      tab.deliver(
        0,
        online ? 'online' : 'offline',
        () => this.#watchers.some(([, one]) => one === listener) && listener(online),
      )
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
