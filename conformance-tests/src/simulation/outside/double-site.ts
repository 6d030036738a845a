import { type Env, type JsonObject, type RemoteAdapter, type RemoteCapabilities, SyncError } from '@rowkeep/kernel'
import type { Backend, RemoteHarness } from '../../harness.ts'
import type { Collection, Row } from '../devices/app.ts'
import type { Device } from '../devices/device.ts'
import type { Tab } from '../devices/tab.ts'
import { httpWire } from '../network/http.ts'
import { type Promises, promisesOf } from '../servers/promises.ts'
import type { Effect, Site } from '../servers/site.ts'
import type { World } from '../world.ts'
import { type Doors, modest } from './modest.ts'
import { Seen } from './seen.ts'
import { Tokens } from './tokens.ts'

/** The one user whom a double speaks for behind the adapter's back. */
const owner = 'ada'

/** A row as a backend of columns has it when nothing was written. */
const nothing = { title: null, done: null, n: null, tags: null }

const mustBeOwner = (user: string): void => {
  if (user !== owner)
    throw new SyncError('SYNC_UNSUPPORTED', { message: `the double speaks for ${owner}, not for ${user}` })
}

/** A backend that somebody else wrote, as a site: the double answers, the adapter under test asks. */
export class DoubleSite implements Site {
  isDirect = true
  readonly #world: World
  readonly #backend: Backend
  readonly #adapter: RemoteHarness['adapter']
  readonly #tokens: Tokens
  readonly #seen: Seen
  /** By collection until when it may not be read, ms of the history. */
  readonly #shut = new Map<string, number>()
  #capabilities: RemoteCapabilities | undefined

  constructor(world: World, backend: Backend, adapter: RemoteHarness['adapter']) {
    this.#world = world
    this.#backend = backend
    this.#adapter = adapter
    this.#tokens = new Tokens(world)
    this.#seen = new Seen(
      (collection) => this.rows(owner, collection),
      () => world.loop.now,
    )
  }

  async expireToken(device: Device, user: string, ms: number): Promise<void> {
    this.#tokens.expire(device, user, ms)
  }

  signIn(device: Device, user: string): void {
    this.#tokens.signIn(device, user)
  }

  /** As the adapter of the first device declares them. */
  get capabilities(): RemoteCapabilities {
    if (!this.#capabilities) throw new SyncError('SYNC_CLOSED', { message: 'no device has been started yet' })
    return this.#capabilities
  }

  get effects(): readonly Effect[] {
    return this.#seen.effects
  }

  get promises(): Promises {
    return promisesOf(this.capabilities)
  }

  remote(tab: Tab): RemoteAdapter {
    const { env } = tab
    // An app may be started before anybody is signed in.
    const user = tab.user || owner
    const remote = modest(
      this.#adapter(this.#backend, { user, env, token: () => this.#tokens.of(tab, user) }),
      tab,
      this.#doors(tab),
    )
    this.#capabilities = remote.capabilities
    return remote
  }

  async fetch(tab: Tab, request: Request, isDirect: boolean): Promise<Response> {
    this.isDirect &&= isDirect
    const wire = await httpWire(this.#world, this.#backend, request)
    // Those that change nothing by definition (RFC 9110, 9.2.1).
    const isSafe = request.method === 'GET' || request.method === 'HEAD'
    const arrive = async (): Promise<Response> => {
      const answer = await wire.arrive()
      await this.#seen.by(owner, owner)
      return answer
    }
    return this.#world.network.carry(tab, isSafe ? wire : { ...wire, arrive }, request.signal)
  }

  async shut(_user: string, collection: Collection, ms: number): Promise<void> {
    this.#shut.set(collection, this.#world.loop.now + ms)
  }

  /** What a pull sends through its context is answered 403, in the words of the backend, while a collection of it is shut. */
  #doors(tab: Tab): Doors {
    const { network, loop } = this.#world
    const isShut = (name: string): boolean => this.#world.faulty && loop.now < (this.#shut.get(name) ?? 0)
    return (collections, env, onRefused) => {
      const fetch: Env['fetch'] = async (input, init) => {
        if (!collections.some(isShut)) return env.fetch(input, init)
        const request = new Request(input, init)
        const wire = await httpWire(this.#world, this.#backend, request)
        const answer = await network.carry(tab, { ...wire, arrive: async () => wire.status(403) }, request.signal)
        if (answer.status === 403) onRefused()
        return answer
      }
      // Not a copy: what it has may be inherited.
      return Object.create(env, { fetch: { value: fetch } }) as Env
    }
  }

  async rows(user: string, collection: Collection): Promise<ReadonlyMap<string, Row>> {
    mustBeOwner(user)
    const rows = await this.#foreign(this.#backend.rows(collection))
    const absent = this.#capabilities?.absent === 'null' ? nothing : {}
    return new Map(rows.map((row) => [String(row['id']), { ...absent, ...row } as unknown as Row]))
  }

  async write(user: string, collection: Collection, row: Row): Promise<void> {
    mustBeOwner(user)
    const before = (await this.rows(user, collection)).get(row.id)
    const whole = { ...before, ...row } as unknown as JsonObject & { readonly id: string }
    await this.#foreign(this.#backend.write(collection, whole))
    await this.look()
  }

  async remove(user: string, collection: Collection, id: string): Promise<void> {
    const isThere = (await this.rows(user, collection)).has(id)
    try {
      await this.#foreign(this.#backend.remove(collection, id))
    } catch (error) {
      // To delete what is not there many backends refuse, and so do their doubles; others leave a tombstone.
      if (isThere) throw error
    }
    await this.look()
  }

  /** What has changed meanwhile somebody else did. */
  async look(): Promise<void> {
    await this.#seen.by(owner, undefined)
  }

  async close(): Promise<void> {
    await this.#backend.close?.()
  }

  #foreign<T>(work: Promise<T>): Promise<T> {
    return this.#world.loop.foreign(work)
  }
}
