import type { ConflictRules, Kin, News, Taking } from '../conflict/context.ts'
import type { CallContext, Feed, RemoteAdapter } from '../contracts/remote-adapter.ts'
import type { Env } from '../env/env.ts'
import type { JsonObject } from '../env/json.ts'
import type { SyncError } from '../errors/sync-error.ts'
import type { Events } from '../events/emitter.ts'
import type { Listeners } from '../events/listeners.ts'
import type { StandsAlone } from '../journal/draft.ts'
import type { Journal } from '../journal/journal.ts'
import type { Ledger, Queued } from '../journal/ledger.ts'
import type { Conflict } from '../model/conflict.ts'
import type { Filter } from '../model/filter.ts'
import type { RecordKey } from '../model/identity.ts'
import type { Around } from '../pipeline/middleware.ts'

/** Times of the engine, ms. */
export interface SyncTiming {
  readonly requestTimeoutMs: number
  readonly pullIntervalMs: number
  readonly retryMinMs: number
  readonly retryMaxMs: number
}

/** By collection, the part of it to sync; `undefined`: all of it. */
export type Filters = Readonly<Record<string, Filter | undefined>>

/** How operations of different records wait for each other: brought along by relations. */
export interface Order extends Kin {
  /** Tells which operations wait for another one, as the ledger stands; with `earlier` only for one accepted before them. */
  waits(ledger: Ledger): (queued: Queued, earlier?: boolean) => boolean
  /** The members of a transaction in an order in which each stands behind those that it would wait for were it on its own. */
  inOrder(ledger: Ledger): (members: readonly Queued[]) => readonly Queued[]
  /** Names an update that refers to another record, and the deletion of one referred to. */
  readonly standsAlone: StandsAlone
  /** Opens one ring of operations that wait for each other; false: there is none. */
  untie(work: Work): Promise<boolean>
}

/** How the tabs that have one namespace open share the work: brought along by its store. */
export interface Tabs {
  /** Takes part from now on, so that the others leave it its operations; or no more: what is not sent is for them. Safe twice. */
  join(takesPart: boolean): void
  /** Before a cycle: brings in what the others did, and takes over what nobody else sends. `asked`: a caller wants a pull by this tab. The result ends its turn, after the cycle. */
  ready(asked: boolean): Promise<() => void>
  /** Whether the operation at this place is left to another tab. */
  isOthers(place: string): boolean
  /** Whether no tab but this one can have sent the operation at this place. */
  isOurs(place: string): boolean
  /** Whether the pull of these feeds is left to another tab, which then also has the live channel. */
  isPulled(feeds: readonly Feed[]): boolean
}

/** Everything the engine may touch, for one session of one user. */
export interface SyncPorts extends SyncTiming, Pick<ConflictRules, 'asks' | 'hasId'> {
  readonly env: Env
  readonly user: string
  /** Its signal aborts when the session ends: nothing is begun any more. */
  readonly ending: AbortController
  /** Whether other tabs may have the namespace open too. */
  readonly shared: boolean
  /** The session in the places of the operations that are accepted here. */
  readonly own: string
  /** `undefined`: every tab does all. */
  readonly share: ((work: Work) => Tabs) | undefined
  readonly remote: RemoteAdapter
  readonly ledger: Ledger
  readonly journal: Journal
  readonly events: Events
  /** Sorted: a feed's id must not depend on the order in which the app names them. */
  readonly collections: readonly string[]
  /** Asks the app, once a cycle, for the scopes of all collections. */
  readonly filters: () => Filters
  /** Asks the app how a conflict ends. Rejects where it throws, and for a record that its schema does not allow. */
  readonly resolve: (collection: string, id: string, conflict: Conflict<JsonObject>) => Promise<unknown>
  /** `undefined`: no collection has relations, so nothing waits but for its own record. */
  readonly related: Order | undefined
  /** Runs the app's middleware of a kind around a call. */
  readonly around: Around
  /** To be told, of no record, when the engine's state changed: the status is to be shown anew. */
  readonly changed: Listeners<ReadonlySet<RecordKey>>
}

/** What a cycle brought so far: operations that ended applied, changes that arrived, conflicts found. */
export type Tally = Pick<News, 'pushed' | 'pulled' | 'conflicts'>

/** What the engine lends to the parts of a cycle, and what they leave there for each other. */
export interface Work extends SyncPorts, ConflictRules {
  tabs?: Tabs | undefined
  /** Asks for a cycle as soon as one may run: what waits is sent, and with `pull` the feeds are read. */
  readonly want: (pull?: boolean) => void
  /** Lets something go on that nobody waits for; what it throws is told. */
  readonly background: (work: Promise<void>) => void
  /** Keeps these feeds subscribed, and no others; does nothing while stopped. */
  readonly follow: (feeds: readonly Feed[]) => void
  /** One call to the remote, with a deadline; ends with the session. */
  readonly call: <T>(run: (context: CallContext) => Promise<T>) => Promise<T>
  /** Aborts when the engine stops. */
  readonly signal: () => AbortSignal
  /** While the remote does not answer: for how long nothing but one trial may go to it, ms. 0: it answers. */
  readonly restMs: () => number
  /** Commits what `take` does, then tells the app. */
  readonly take: (take: (intake: Intake) => void) => Promise<void>
  readonly asking: Set<RecordKey>
  /** Operations that may already be in effect. What is known beyond what is stored goes with the process. */
  readonly unsettled: Set<string>
  /** By operation: tries that failed in a row, when and how the last one did, ms on the device's clock, and the wait after it. */
  readonly failures: Map<
    string,
    { readonly count: number; readonly since: number; readonly waitMs: number; readonly error: SyncError }
  >
  /** Records in a request under way (`undefined`), or written lately: when, ms on the device's clock. */
  readonly busy: Map<RecordKey, number | undefined>
  /** Operations of one request; halves when a request is too large. */
  batch: number
  /** Collections that the last pull could not read, and why: nothing is sent to them until one has. */
  readonly unread: Map<string, unknown>
  /** Whether the server named no feed at all. */
  hasNoFeeds?: boolean
  /** Rows told live since a listing began: it need not list them. */
  readonly recent: Set<RecordKey>
  /** By key of a feed: runs in a row whose news its live channel had not told; no number while that is down. */
  readonly untold: Map<string, number>
  /** 0: no history was met anew in this pull, nor in the one before. */
  renewed: number
  /** The scopes as of the last cycle. */
  scope: Filters
  /** When the last complete pull ended, ms on the device's clock. */
  lastPullAt?: number
  readonly tally: Tally
}

/** One commit's worth of taking in, with all that the engine lends. */
export type Intake = Work & Taking
