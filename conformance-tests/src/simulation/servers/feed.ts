import type { PullPage, PullRequest, RemoteChange } from '@rowkeep/kernel'
import type { Profile } from './profile.ts'
import { type Held, isLive, keyOf, type Rows, remoteRow, versionOf } from './rows.ts'
import type { Transactions } from './transactions.ts'

/** What a cursor says, in JSON. */
interface Position {
  readonly kind: 'snapshot' | 'delta'
  /** Identity of the history it was made in. */
  readonly epoch: string
  /** Of a delta: the last place that was told. */
  readonly at: number
  /** The last row that was told: of a snapshot, or of those at one place. */
  readonly key: string
  /** How often cursors had become too old when it was made. */
  readonly age: number
  /** Where the next run begins. */
  readonly next: number
  /** Of a listing after a cursor: from here on rows are sent, older ones only named. */
  readonly since?: number
}

/** How long after its stamp a write may come into sight, and more: a delta begins so much earlier, ms. */
const windowMs = 4_000

const cursorOf = (position: Position): string => JSON.stringify(position)

/** The change feed of a backend, as its profile has it. */
export class Feed {
  readonly #profile: Profile
  readonly #rows: Rows
  readonly #transactions: Transactions
  /** The server's clock, ms. */
  readonly #clock: () => number
  /** Time that no one sets, ms. */
  readonly #now: () => number
  /** How often all cursors have become too old. */
  #age = 0
  /** Runs from before this place may miss a deletion. */
  #floor = 0

  constructor(profile: Profile, rows: Rows, transactions: Transactions, now: () => number, clock: () => number) {
    this.#profile = profile
    this.#rows = rows
    this.#transactions = transactions
    this.#now = now
    this.#clock = clock
  }

  /** Makes every cursor given out so far too old. */
  expire(): void {
    this.#age += 1
  }

  /** After a restore: places are given out anew. */
  reset(): void {
    this.#floor = 0
  }

  /** One page of what `user` may see. */
  page(user: string, { feed, cursor, limit }: PullRequest): PullPage {
    this.#purge()
    const { capabilities } = this.#profile
    const marks = {
      ...(capabilities.revisions === 'none' ? {} : { epoch: this.#transactions.epoch }),
      ...(capabilities.clock === 'page' ? { now: this.#clock() } : {}),
    }
    const from = cursor === null ? this.#listing() : this.#resumed(JSON.parse(cursor) as Position)
    if (!from) return { kind: 'expired', ...marks }
    const safe = this.#safePoint
    const seen = [...this.#rows.all()].filter((row) => row.user === user && feed.collections.includes(row.collection))
    const left = from.kind === 'snapshot' ? this.#standing(seen, from) : this.#changed(seen, from, safe)
    const page = left.slice(0, Math.min(limit, capabilities.limits.pageRows))
    const changes = page.map((row) => this.#changeOf(row, from))
    const last = page.at(-1)
    const more = page.length < left.length
    const goesOn = more && last ? { ...from, at: last.at, key: keyOf(last.collection, last.id) } : undefined
    return { kind: from.kind, changes, cursor: goesOn ? cursorOf(goesOn) : this.#end(from, safe), more, ...marks }
  }

  get #isOrdered(): boolean {
    return this.#profile.capabilities.feed === 'ordered'
  }

  /** Nothing up to here is still to come into sight. */
  get #safePoint(): number {
    return this.#isOrdered ? this.#transactions.safePoint : Math.max(0, this.#now() - windowMs)
  }

  #listing(since?: number): Position {
    const { epoch } = this.#transactions
    const start: Position = { kind: 'snapshot', epoch, at: 0, key: '', age: this.#age, next: this.#safePoint }
    return since === undefined ? start : { ...start, since }
  }

  /** Where a run goes on, or the next one begins; `undefined`: the cursor is too old to. */
  #resumed(position: Position): Position | undefined {
    const { expiry, deletes } = this.#profile.capabilities
    const { epoch } = this.#transactions
    const isOld = position.epoch !== epoch || position.age < this.#age || position.next < this.#floor
    if (isOld && expiry === 'signalled') return undefined
    if (position.kind === 'delta' && deletes === 'none') return this.#listing(isOld ? 0 : position.at)
    return position
  }

  #end({ next }: Position, safe: number): string | null {
    if (this.#profile.capabilities.feed === 'snapshot') return null
    const { epoch } = this.#transactions
    const at = this.#isOrdered ? safe : next
    return cursorOf({ kind: 'delta', epoch, at, key: '', age: this.#age, next: at })
  }

  #standing(seen: readonly Held[], from: Position): readonly Held[] {
    // In the feed's own order, with what changed since it began as a delta would tell it: no half of a transaction is left at the
    // end. Beyond the safe point, too: a row that was just written anew there is no longer where it was.
    if (this.#isOrdered)
      return this.#changed(seen, from, Number.POSITIVE_INFINITY).filter((row) => isLive(row) || row.at > from.next)
    const keyed = seen.filter(isLive).map((row) => [keyOf(row.collection, row.id), row] as const)
    const left = keyed.filter(([key]) => key > from.key)
    return left.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
  }

  #changed(seen: readonly Held[], from: Position, safe: number): readonly Held[] {
    if (this.#isOrdered) return seen.filter(({ at }) => at > from.at && at <= safe).sort((a, b) => a.at - b.at)
    const keyed = seen.map((row) => [keyOf(row.collection, row.id), row] as const)
    const left = keyed.filter(([key, { at }]) => at > from.at || (at === from.at && key > from.key))
    return left.sort(([a, { at }], [b, other]) => at - other.at || (a < b ? -1 : 1)).map(([, row]) => row)
  }

  #changeOf(row: Held, { since = 0 }: Position): RemoteChange {
    const { collection, id, record, isHidden, at } = row
    if (record && isHidden) return { kind: 'eviction', collection, id }
    if (record && at < since) return { kind: 'listed', collection, id, revision: versionOf(row, this.#profile) }
    return remoteRow(row, this.#profile)
  }

  /** Forgets deletions that are old; where it is said that a cursor is too old, those from before are. */
  #purge(): void {
    const { keptMs } = this.#profile
    for (const row of this.#rows.all()) {
      if (row.record || this.#now() - row.writtenAt < keptMs) continue
      this.#rows.purge(keyOf(row.collection, row.id))
      this.#floor = Math.max(this.#floor, row.at)
    }
  }
}
