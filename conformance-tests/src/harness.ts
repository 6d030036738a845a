import type { Env, JsonObject, LocalStore, RemoteAdapter } from '@rowkeep/kernel'
import type { FieldCodec } from '@rowkeep/kernel/adapters'
import type { Double } from '@rowkeep/kernel/testing'

/** Clause of CONTRACT.md, for example `LS-2.1` or `RA-3.4`. */
export type Clause = `${'LS' | 'RA'}-${number}.${number}`

/** Clauses an implementation is known not to meet, each with its reason. They run and must fail. */
export type KnownGaps = Readonly<Partial<Record<Clause, string>>>

/** Who calls, as the adapter under test must present it. */
export interface Device {
  readonly user: string
  /** The bearer token of this user: `token-of-<user>`. */
  readonly token: () => string
  /** Its `fetch` is the one the suite mounts its faults on. */
  readonly env: Env
}

/**
 * A stand-in for a backend: one web-standard function. The suite mounts it under MSW, adds faults, and asks for the truth
 * behind it. It must accept the tokens `token-of-ada` and `token-of-bob`; `write`, `remove` and `rows` speak for `ada`.
 */
export interface Backend extends Double {
  /** Live rows as the backend itself has them; tombstones left out. */
  rows(collection: 'notes' | 'tasks'): Promise<readonly JsonObject[]>
  /** A create or an update by another device of the same user. */
  write(collection: 'notes' | 'tasks', row: JsonObject & { readonly id: string }): Promise<void>
  /** A deletion by another device of the same user. */
  remove(collection: 'notes' | 'tasks', id: string): Promise<void>
  /** Moves the row out of the user's scope without deleting it. Needed where `deletes` is `tombstone+eviction`. */
  evict?(collection: 'notes' | 'tasks', id: string): Promise<void>
  /** Makes every cursor issued so far too old. Needed where `expiry` is `signalled` and cursors can expire. */
  expire?(): Promise<void>
  /** Gives the history a new identity, as a restore from a backup does. Needed where pages carry an `epoch`. */
  restore?(): Promise<void>
  /** From now on the server refuses ada's writes to this row as forbidden. Needed to show a refusal amid other writes. */
  forbid?(collection: 'notes' | 'tasks', id: string): Promise<void>
  /**
   * The JSON body in which this backend words an error of that HTTP status: faults of the suite that are plain statuses carry it.
   * Default `{ "message": ... }`, as a proxy in between might.
   */
  wording?(status: number): JsonObject
  close?(): Promise<void>
}

/** What an author hands to `describeRemoteAdapter`. */
export interface RemoteHarness {
  readonly name: string
  /** A fresh, empty backend. Called once per scenario. */
  backend(): Backend | Promise<Backend>
  adapter(backend: Backend, device: Device): RemoteAdapter
  /**
   * `fixed`: rows have the columns `id, title (text), done (boolean), n (number), tags (list of text)` and no other, so scenarios
   * with other field names do not apply. Default `any`.
   */
  readonly fields?: 'any' | 'fixed'
  /**
   * The fields of `notes` that the adapter is told to hold dates, big numbers, decimals and bytes, by codec: one of each. Default
   * none, so scenarios about them do not apply.
   */
  readonly codecs?: Readonly<Record<FieldCodec, string>>
  /**
   * Who makes the requests. `env` (the default): the adapter, through `context.env.fetch`. `sdk`: a client of the vendor's that
   * the app passes in, with the network access it has; clauses about what only the maker of a request can do are skipped.
   */
  readonly network?: 'env' | 'sdk'
  /** `none`: the backend takes no writes from this adapter, which refuses them all; clauses that need one are skipped. Default `any`. */
  readonly writes?: 'any' | 'none'
  readonly knownGaps?: KnownGaps
}

/** A place of its own for one scenario: a fresh directory, a fresh database, a fresh Map. */
export interface StorePlace {
  /** The store over this place. Each call is a new instance over the same data, as after a restart of the process. */
  store(): LocalStore
  dispose?(): Promise<void>
}

/** What an author hands to `describeLocalStore`. */
export interface StoreHarness {
  readonly name: string
  place(): StorePlace | Promise<StorePlace>
  readonly knownGaps?: KnownGaps
}

/** Identity, for types and completion. */
export const defineRemoteHarness = (harness: RemoteHarness): RemoteHarness => harness

/** Identity, for types and completion. */
export const defineStoreHarness = (harness: StoreHarness): StoreHarness => harness
