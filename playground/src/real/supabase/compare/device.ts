import { plainTables, type SupabaseAdapter, supabaseAdapter } from '@rowkeep/adapters-supabase'
import {
  type CallContext,
  type Filter,
  isSyncError,
  type PullPage,
  type PushOperation,
  type PushVerdict,
  platformEnv,
} from '@rowkeep/kernel'
import { clientOf } from '../client.ts'
import { within } from '../deadline.ts'
import type { World } from './world.ts'

/** How a device asks for pages. */
interface PullOptions {
  readonly collection?: string
  readonly limit?: number
  readonly filter?: Filter
}

/** One device with the official client and our adapter. What it is told is noted; revisions are remembered. */
export interface Device {
  /** The pages of a run; resolves with the cursor behind them. */
  run(cursor?: string | null, options?: PullOptions): Promise<string | null>
  push(kind: PushOperation['kind'], id: string, change?: Partial<PushOperation>): Promise<void>
  /** The newest revision of a row of `notes` this device was told of. */
  revision(id: string): string
  close(): Promise<void>
}

// A clock that stands, so that cursors are the same everywhere.
const env = { ...platformEnv, now: (): number => Date.parse('2030-01-01T00:00:00Z') }

const context = (user: string): CallContext => ({ user, signal: AbortSignal.timeout(30_000), timeoutMs: 30_000, env })

function profileOf({ shape }: World): ReturnType<typeof plainTables> {
  const hidden = ['user_id']
  return plainTables(shape === 'marked' ? { version: 'version', deleted: 'deleted', hidden } : { hidden, sweepMs: 0 })
}

// Far above what a chapter needs.
const mostPages = 50

let operations = 0

function operation(kind: PushOperation['kind'], id: string, change: Partial<PushOperation>): PushOperation {
  operations += 1
  const opId = `00000000-0000-4000-8000-${String(operations).padStart(12, '0')}`
  const set = change.change?.set
  const record = kind === 'delete' ? null : { ...set, id }
  return { opId, kind, collection: 'notes', id, expected: null, change: {}, record, resend: false, ...change }
}

/** What came of a call; an error is an answer too. */
async function outcome<T>(call: Promise<T>): Promise<T | { readonly threw: string }> {
  try {
    return await within('a call of the adapter', call)
  } catch (error) {
    if (isSyncError(error)) return { threw: error.code }
    throw error
  }
}

class Seat implements Device {
  readonly #adapter: SupabaseAdapter
  readonly #user: string
  readonly #tell: (what: unknown) => void
  readonly #revisions = new Map<string, string>()

  constructor(adapter: SupabaseAdapter, user: string, tell: (what: unknown) => void) {
    this.#adapter = adapter
    this.#user = user
    this.#tell = tell
  }

  async run(cursor: string | null = null, options: PullOptions = {}): Promise<string | null> {
    const { collection = 'notes', limit = 100, filter } = options
    const filters = filter ? { filters: { [collection]: filter } } : {}
    const feed = { id: `${collection}@0000000000000000`, collections: [collection], ...filters }
    let at = cursor
    for (let pages = 0; pages < mostPages; pages += 1) {
      const page = await outcome(this.#adapter.pull({ feed, cursor: at, limit }, context(this.#user)))
      this.#note(page)
      if ('threw' in page || page.kind === 'expired') return at
      for (const change of page.changes) this.#remember(change)
      at = page.cursor
      if (!page.more) return at
    }
    throw new Error(`a run of ${mostPages} pages has no end`)
  }

  async push(kind: PushOperation['kind'], id: string, change: Partial<PushOperation> = {}): Promise<void> {
    const request = { operations: [operation(kind, id, change)], atomic: false }
    const verdicts = await outcome(this.#adapter.push(request, context(this.#user)))
    this.#note(verdicts)
    if ('threw' in verdicts) return
    for (const verdict of verdicts) if ('row' in verdict && verdict.row) this.#remember(verdict.row)
  }

  revision(id: string): string {
    const revision = this.#revisions.get(id)
    if (revision === undefined) throw new Error(`this device was told of no revision of ${id}`)
    return revision
  }

  async close(): Promise<void> {
    await this.#adapter.close?.()
  }

  #remember(change: { readonly id: string; readonly revision?: string | null }): void {
    if (change.revision) this.#revisions.set(change.id, change.revision)
  }

  /** The words of refusals are compared with the answers they came from. */
  #note(told: PullPage | readonly PushVerdict[] | { readonly threw: string }): void {
    this.#tell(
      JSON.stringify(told, (name, value: unknown) => (name === 'message' || name === 'epoch' ? undefined : value)),
    )
  }
}

/** A device in the world, whose client makes its requests by `fetch`; `tell` hears what the device is told. */
export function deviceIn(
  world: World,
  who: { readonly user: string; readonly token: string },
  fetch: typeof globalThis.fetch,
  tell: (what: unknown) => void,
): Device {
  const client = clientOf(world.backend.origin, who.user, who.token, fetch)
  return new Seat(supabaseAdapter(client, { profile: profileOf(world) }), who.user, tell)
}
