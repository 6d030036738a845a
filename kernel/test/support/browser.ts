import { afterEach } from 'vitest'
import {
  type Env,
  type Json,
  type LocalStore,
  type OpenStore,
  type RemoteAdapter,
  type SharedStore,
  SyncError,
  type WatchableStore,
} from '../../src/index.ts'
import { type Device, type DeviceOptions, device } from './device.ts'
import type { TestServer } from './server.ts'
import { Disk } from './stores.ts'
import { type VirtualEnv, virtualEnv } from './virtual-env.ts'

type Locks = NonNullable<Env['locks']>

interface Request {
  readonly tab: Page
  readonly shared: boolean
  readonly grant: () => void
}

/** Locks of a browser: granted in the order in which they were asked for, let go by a tab that goes. */
class LockTable {
  /** Whether everybody gets every lock at once. */
  lies = false
  readonly #held = new Map<string, Request[]>()
  readonly #asked = new Map<string, Request[]>()

  of(tab: Page): Locks {
    return {
      hold: async (name, body, { wait = true, shared = false } = {}) => {
        await tab.awake()
        if (!wait && !this.#isFree(name, shared)) throw new Error(`${name} is taken`)
        let mine: Request | undefined
        await new Promise<void>((resolve) => {
          mine = { tab, shared, grant: resolve }
          this.#listOf(this.#asked, name).push(mine)
          this.#grant(name)
        })
        try {
          await tab.awake()
          return await body()
        } finally {
          this.#remove((request) => request === mine)
        }
      },
    }
  }

  /** Who holds it. */
  holders(name: string): readonly Page[] {
    return (this.#held.get(name) ?? []).map(({ tab }) => tab)
  }

  gone(tab: Page): void {
    this.#remove((request) => request.tab === tab)
  }

  #remove(which: (request: Request) => boolean): void {
    for (const lists of [this.#held, this.#asked]) {
      for (const [name, list] of lists) {
        lists.set(
          name,
          list.filter((request) => !which(request)),
        )
      }
    }
    for (const name of this.#asked.keys()) this.#grant(name)
  }

  #listOf(lists: Map<string, Request[]>, name: string): Request[] {
    const list = lists.get(name) ?? []
    lists.set(name, list)
    return list
  }

  #isFree(name: string, shared: boolean): boolean {
    const held = this.#listOf(this.#held, name)
    return this.lies || held.length === 0 || (shared && held.every((one) => one.shared))
  }

  #grant(name: string): void {
    const asked = this.#listOf(this.#asked, name)
    for (let next = asked[0]; next && this.#isFree(name, next.shared); next = asked[0]) {
      asked.shift()
      this.#listOf(this.#held, name).push(next)
      next.grant()
    }
  }
}

/** One page: it can freeze, which stops everything in it without a word, and die. */
export class Page {
  state: 'awake' | 'frozen' | 'dead' = 'awake'
  #waiting: (() => void)[] = []

  /** Goes on when the page does; a dead one comes to nothing any more. */
  async awake(): Promise<void> {
    if (this.state === 'frozen') await new Promise<void>((resolve) => this.#waiting.push(resolve))
    if (this.state === 'dead') throw new SyncError('SYNC_CLOSED')
  }

  /** Runs now, or when the page goes on; never in a dead one. */
  run(work: () => void): void {
    if (this.state === 'awake') work()
    else if (this.state === 'frozen') this.#waiting.push(() => this.run(work))
  }

  become(state: Page['state']): void {
    this.state = state
    if (state !== 'frozen') for (const go of this.#waiting.splice(0)) go()
  }

  /** A method, with a chance to freeze or die on both sides of what it does. */
  async through<T>(call: () => Promise<T>): Promise<T> {
    await this.awake()
    const result = await call()
    await this.awake()
    return result
  }
}

/** A tab: a device over the browser's disk, and the page it runs in. */
export interface Tab extends Device {
  readonly page: Page
  freeze(): void
  thaw(): void
  /** Closed at once: nothing in it gets to end what it is doing, its locks are free. */
  die(): void
}

const browsers: Browser[] = []

// Before the clients are disposed of: a frozen page would never end.
afterEach(() => {
  for (const browser of browsers.splice(0)) browser.end()
})

/** Tabs of one browser: one clock, one disk, locks and a channel between them. */
export class Browser {
  readonly clock: VirtualEnv
  readonly server: TestServer
  readonly disk: LocalStore
  readonly locks = new LockTable()
  readonly tabs: Tab[] = []
  readonly messages: Json[] = []
  /** How often a message, or word of a commit, arrives; default once. */
  copies: () => number = () => 1
  /** Whether this browser has them. */
  readonly has: { locks: boolean; broadcast: boolean } = { locks: true, broadcast: true }
  readonly #listeners = new Set<{ readonly channel: string; readonly page: Page; hear(message: Json): void }>()

  constructor(
    server: TestServer,
    disk: LocalStore = new Disk({ tabs: true, tells: true, shares: true }),
    clock: VirtualEnv = virtualEnv(),
  ) {
    this.clock = clock
    this.server = server
    this.disk = disk
    browsers.push(this)
  }

  open({ remote = this.server.adapter(), env: own, ...options }: DeviceOptions = {}): Tab {
    const page = new Page()
    const env = { ...this.#envOf(page), ...own }
    const opened = device(this.server, {
      sync: 'auto',
      ...options,
      env,
      store: this.#storeOf(page),
      remote: remoteOf(page, remote),
    })
    const tab: Tab = {
      ...opened,
      page,
      freeze: () => page.become('frozen'),
      thaw: () => page.become('awake'),
      die: () => {
        page.become('dead')
        this.locks.gone(page)
      },
    }
    this.tabs.push(tab)
    return tab
  }

  /** Says something to every page, as a tab that is none of these would. */
  forge(channel: string, message: Json): void {
    this.#post(channel, undefined, message)
  }

  end(): void {
    for (const { page, thaw } of this.tabs) if (page.state === 'frozen') thaw()
  }

  #post(channel: string, from: Page | undefined, message: Json): void {
    this.messages.push(message)
    for (const listener of [...this.#listeners]) {
      if (listener.channel !== channel || listener.page === from) continue
      for (let copies = this.copies(); copies > 0; copies -= 1) {
        queueMicrotask(() => listener.page.run(() => this.#listeners.has(listener) && listener.hear(message)))
      }
    }
  }

  #envOf(page: Page): VirtualEnv {
    const { clock, locks, has } = this
    return {
      ...clock,
      setTimer: (ms, run) => {
        let over = false
        const cancel = clock.setTimer(ms, () => page.run(() => over || run()))
        return () => {
          over = true
          cancel()
        }
      },
      ...(has.locks ? { locks: locks.of(page) } : {}),
      ...(has.broadcast
        ? {
            broadcast: (channel, hear) => {
              const listener = { channel, page, hear }
              this.#listeners.add(listener)
              return {
                post: (message) => this.#post(channel, page, message),
                close: () => this.#listeners.delete(listener),
              }
            },
          }
        : {}),
    }
  }

  #storeOf(page: Page): LocalStore {
    const { disk } = this
    return {
      ...disk,
      name: disk.name,
      capabilities: disk.capabilities,
      destroy: (namespace) => disk.destroy(namespace),
      open: async (spec) => {
        const open: OpenStore & Partial<WatchableStore & SharedStore> = await page.through(() => disk.open(spec))
        const watch = open.watch?.bind(open)
        return {
          durability: open.durability,
          close: () => open.close(),
          ...(open.tabs ? { tabs: open.tabs } : {}),
          async *load(after) {
            await page.awake()
            for await (const part of open.load(after)) {
              await page.awake()
              yield part
            }
          },
          commit: (entries, after) => page.through(() => open.commit(entries, after)),
          ...(watch
            ? {
                watch: (listener: (head: number) => void) =>
                  watch((head) => {
                    for (let copies = this.copies(); copies > 0; copies -= 1) page.run(() => listener(head))
                  }),
              }
            : {}),
        }
      },
    }
  }
}

function remoteOf(page: Page, remote: RemoteAdapter): RemoteAdapter {
  const { subscribe, ...rest } = remote as ReturnType<TestServer['adapter']>
  const gated: ReturnType<TestServer['adapter']> = {
    ...rest,
    pull: (request, context) => page.through(() => remote.pull(request, context)),
    push: (request, context) => page.through(() => remote.push(request, context)),
    subscribe: (feed, listener, context) => subscribe(feed, (event) => page.run(() => listener(event)), context),
  }
  return gated
}
