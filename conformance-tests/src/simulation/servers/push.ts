import { type PushOperation, type PushRequest, type PushVerdict, SyncError, type SyncErrorCode } from '@rowkeep/kernel'
import type { World } from '../world.ts'
import { changed, payloadOf } from './changes.ts'
import { meets } from './conditions.ts'
import type { Caller } from './credentials.ts'
import type { Profile } from './profile.ts'
import { type Held, isLive, keyOf, type Mark, type Rows, remoteRow, versionOf } from './rows.ts'
import type { Transactions, Write } from './transactions.ts'

type Rejected = Extract<PushVerdict, { readonly kind: 'rejected' }>
type Judged = PushVerdict | Write

const isVerdict = (judged: Judged): judged is PushVerdict => 'kind' in judged

const aborted: PushVerdict = { kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_GROUP_ABORTED' } }

/** Somebody else has the row just now. */
const busy: PushVerdict = { kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_NETWORK' } }

/** The credentials ran out between two operations of a request. */
const unauthorized: PushVerdict = { kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_AUTH_REQUIRED' } }

const rejected = (code: SyncErrorCode): Rejected => ({ kind: 'rejected', error: { code } })

/** So many of the operations it had a row remembers, where it is not one of each device. */
const remembered = 8

/** The write side of a backend, as its profile has it. */
export class Push {
  readonly #world: World
  readonly #profile: Profile
  readonly #rows: Rows
  readonly #transactions: Transactions
  readonly #forbidden = new Map<string, SyncErrorCode>()
  readonly #jammed = new Set<string>()
  /** By id of an operation that arrived, refused ones included: nobody knows of these but an onlooker. */
  readonly #payloads = new Map<string, string>()

  constructor(world: World, profile: Profile, rows: Rows, transactions: Transactions) {
    this.#world = world
    this.#profile = profile
    this.#rows = rows
    this.#transactions = transactions
  }

  /** Until the faults end there is never time for writes to the row. */
  jam(key: string): void {
    this.#jammed.add(key)
  }

  /** From now on writes of users to the row are refused for good. */
  forbid(key: string, code: SyncErrorCode): void {
    this.#forbidden.set(key, code)
  }

  /** One request. `key` is that of its chances. */
  async take(caller: Caller, { operations, atomic }: PushRequest, key: string): Promise<readonly PushVerdict[]> {
    this.#look(operations)
    if (atomic && this.#profile.capabilities.atomicity === 'batch') return this.#together(caller, operations, key)
    const breaks = operations.length > 1 && this.#world.strikes('halfApplied', key)
    const half = 1 + Math.floor(this.#world.chance('half', key) * (operations.length - 1))
    const done = breaks ? operations.slice(0, half) : operations
    const verdicts: PushVerdict[] = []
    for (const operation of done) verdicts.push(...(await this.#alone(caller, operation, key)))
    if (breaks) throw new SyncError('SYNC_NETWORK')
    return verdicts
  }

  /** Tells of ids that came with another payload before. */
  #look(operations: readonly PushOperation[]): void {
    for (const [opId, payload] of operations.map(payloadOf)) {
      const before = this.#payloads.get(opId) ?? payload
      if (before !== payload) this.#world.diary.tell({ kind: 'idReused', opId, before, payload })
      this.#payloads.set(opId, before)
    }
  }

  /** One operation by itself. */
  async #alone(caller: Caller, operation: PushOperation, key: string): Promise<readonly PushVerdict[]> {
    const { faulty } = this.#world
    const { opId, collection, id } = operation
    const name = `${key} ${opId}`
    if (faulty && this.#jammed.has(keyOf(collection, id))) return [busy]
    if (this.#world.strikes('rowBusy', name)) return [busy]
    if (this.#world.strikes('rowUnauthorized', name)) return [unauthorized]
    if (this.#world.strikes('rowRefused', name)) return [rejected('SYNC_REJECTED')]
    return this.#together(caller, [operation], key)
  }

  /** All or none of them. */
  #together(caller: Caller, operations: readonly PushOperation[], key: string): Promise<readonly PushVerdict[]> {
    const keys = operations.map(({ collection, id }) => keyOf(collection, id))
    return this.#transactions.run(keys, this.#delay(`${key} ${operations[0]?.opId}`), () => {
      const judged = operations.map((operation) => this.#judge(caller, operation))
      const refused = judged.some((one) => isVerdict(one) && one.kind !== 'applied')
      const writes = refused ? [] : judged.filter((one): one is Write => !isVerdict(one))
      const log = operations.flatMap((one, at) => (isVerdict(judged[at] as Judged) ? [] : [payloadOf(one)]))
      return {
        writes,
        log: refused ? [] : log,
        answer: (rows) => {
          const made = [...rows]
          return judged.map((one): PushVerdict => {
            if (refused) return isVerdict(one) && one.kind !== 'applied' ? one : aborted
            return isVerdict(one) ? one : { kind: 'applied', ...this.#shown(made.shift()) }
          })
        },
      }
    })
  }

  /** How long a write stays out of sight after it is stamped, ms. */
  #delay(key: string): number {
    if (this.#world.strikes('slowestCommit', key)) return 1_500
    return this.#world.strikes('slowCommit', key) ? 80 : 0
  }

  /** What an operation is to write; or what is said to it without its writing anything. */
  #judge(caller: Caller, operation: PushOperation): Judged {
    const { collection, id, kind } = operation
    const key = keyOf(collection, id)
    const held = this.#rows.get(key)
    const verdict =
      this.#repeated(operation, held) ??
      this.#barred(caller, key, operation, held) ??
      (this.#profile.capabilities.conditional === 'cas' ? this.#compared(operation, held) : undefined)
    if (verdict) return verdict
    if (kind === 'delete' && !held?.record) return { kind: 'applied' }
    return {
      collection,
      id,
      user: caller.user,
      record: changed(held?.record ?? null, operation, this.#profile),
      isHidden: false,
      marks: this.#marks(held?.marks ?? [], { opId: operation.opId, device: caller.device }),
      effect: { opId: operation.opId, by: caller.user },
    }
  }

  /** The verdict on an operation that took effect before, where that can be known. */
  #repeated(operation: PushOperation, held: Held | undefined): PushVerdict | undefined {
    const { idempotency } = this.#profile.capabilities
    const known = idempotency === 'log' ? this.#rows.logged(operation.opId) : undefined
    if (known !== undefined && known !== payloadOf(operation)[1]) return rejected('SYNC_ID_REUSED')
    const isMarked = idempotency === 'marker' && held?.marks.some(({ opId }) => opId === operation.opId)
    return known !== undefined || isMarked ? { kind: 'applied', ...this.#shown(held) } : undefined
  }

  #barred(caller: Caller, key: string, { kind }: PushOperation, held: Held | undefined): PushVerdict | undefined {
    if (held && held.user !== caller.user) return rejected('SYNC_ID_TAKEN')
    const code = this.#forbidden.get(key)
    if (code) return { ...rejected(code), ...(code === 'SYNC_REJECTED' ? this.#shown(held) : {}) }
    if (held?.record && held.isHidden) return rejected(kind === 'create' ? 'SYNC_ID_TAKEN' : 'SYNC_NOT_VISIBLE')
    return undefined
  }

  /** The verdict on a write that is not for the row as it is. */
  #compared({ kind, expected, condition }: PushOperation, held: Held | undefined): PushVerdict | undefined {
    if (kind === 'create') return isLive(held) ? { kind: 'conflict', ...this.#shown(held) } : undefined
    // Without a trace of it nobody can tell whether it was ever there: a deletion is done, an update has nothing to change.
    if (!held) return kind === 'delete' ? { kind: 'applied' } : rejected('SYNC_NOT_VISIBLE')
    const isStale = expected !== null && expected !== versionOf(held, this.#profile)
    if (isStale || !held.record) return { kind: 'conflict', ...this.#shown(held) }
    if (!condition || meets(held.record, condition)) return undefined
    return { ...rejected('SYNC_CONDITION_FAILED'), ...this.#shown(held) }
  }

  #shown(held: Held | undefined): { readonly row?: ReturnType<typeof remoteRow> } {
    return held && !held.isHidden && this.#profile.showsRows ? { row: remoteRow(held, this.#profile) } : {}
  }

  #marks(before: readonly Mark[], mark: Mark): readonly Mark[] {
    const { marks } = this.#profile
    if (marks === 'none') return before
    const others = marks === 'device' ? before.filter(({ device }) => device !== mark.device) : before
    return [...others, mark].slice(marks === 'eight' ? -remembered : 0)
  }
}
