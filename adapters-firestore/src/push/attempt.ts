import type { CallContext, Failure, PushOperation, PushRequest, PushVerdict } from '@rowkeep/kernel'
import { isSyncError } from '@rowkeep/kernel'
import { failureFrom } from '@rowkeep/kernel/adapters'
import { mustBeSignedIn } from '../credentials.ts'
import { WireError } from '../errors.ts'
import { documentIdOf } from '../names.ts'
import type { Database } from '../options.ts'
import { commit, readMany } from '../requests.ts'
import { type Evidence, isWrite, type Plan, planBlind, planSeen } from './plan.ts'
import { markOf, type RecordWrite, type Target, targetOf } from './writes.ts'

/** How often one operation is planned anew because its record moved in between. */
const mostTries = 5

/** One push: what was decided so far, and what is left to write. */
export class Attempt {
  readonly #database: Database
  readonly #context: CallContext
  readonly #recordBytes: number
  readonly #verdicts = new Map<PushOperation, PushVerdict>()
  readonly #tries = new Map<Target, number>()
  #written: Target | undefined
  /** True from the first request that may have had an effect: from then on a failure leaves the outcome of all unknown. */
  mayHaveActed = false

  constructor(database: Database, recordBytes: number, context: CallContext) {
    this.#database = database
    this.#recordBytes = recordBytes
    this.#context = context
  }

  /** The operation ends like this. */
  decide({ operation }: Target, verdict: PushVerdict): void {
    this.#verdicts.set(operation, verdict)
  }

  /** The operations without a verdict get this one. */
  decideRest({ operations }: PushRequest, verdict: PushVerdict): void {
    for (const one of operations) if (!this.#verdicts.has(one)) this.#verdicts.set(one, verdict)
  }

  /** One verdict per operation, in order. */
  verdicts({ operations }: PushRequest): readonly PushVerdict[] {
    return operations.map(
      (one): PushVerdict =>
        this.#verdicts.get(one) ?? { kind: 'retry', outcome: 'unknown', error: { code: 'SYNC_OUTCOME_UNKNOWN' } },
    )
  }

  /** Whether an operation ended otherwise than applied. */
  get failed(): boolean {
    return [...this.#verdicts.values()].some(({ kind }) => kind !== 'applied')
  }

  /** The writes of a request: of most at once, of those that hang on what stands at the server after a look. */
  async plan({ operations }: PushRequest): Promise<readonly RecordWrite[]> {
    const targets = operations.flatMap((one) => this.#targetOf(one) ?? [])
    const blind = targets.map((target) => [target, planBlind(target, this.#recordBytes)] as const)
    const rest = blind.flatMap(([target, plan]) => (plan === undefined ? [target] : []))
    const seen = await this.look(rest)
    const plans = new Map([...blind, ...seen].map(([target, plan]) => [target, plan]))
    return targets.flatMap((target) => this.#writeOr(target, plans.get(target)))
  }

  /** Plans again what was refused, in the light of what stands at the server. */
  async replan(
    writes: readonly RecordWrite[],
  ): Promise<{ moved: readonly RecordWrite[]; stuck: readonly RecordWrite[] }> {
    // The rules refuse a user's writes as soon as somebody else has signed in.
    await mustBeSignedIn(this.#database.user, this.#context)
    const plans = await this.look(writes.map(({ target }) => target))
    const before = new Map(writes.map(({ target, revision }) => [target, revision]))
    const next = plans.flatMap(([target, plan]) => this.#writeOr(target, plan))
    const hasMoved = ({ target, revision }: RecordWrite): boolean => before.get(target) !== revision
    const moved = next.filter((write) => hasMoved(write) && this.#mayTryAgain(write))
    return { moved, stuck: next.filter((write) => !hasMoved(write)) }
  }

  /** What stands at the server for each, and what follows from it. */
  async look(targets: readonly Target[]): Promise<readonly (readonly [Target, Plan])[]> {
    const wanted = new Map<string, Set<string>>()
    const want = (path: string, id: string): void => {
      wanted.set(path, (wanted.get(path) ?? new Set()).add(id))
    }
    for (const { records, mutations, documentId, operation } of targets) {
      want(records, documentId)
      want(mutations, documentIdOf(operation.opId))
    }
    const read = [...wanted].map(
      async ([path, ids]) => [path, await readMany(this.#database, path, [...ids], this.#context)] as const,
    )
    const found = new Map(await Promise.all(read))
    return targets.map((target) => {
      const { records, mutations, documentId, operation } = target
      const mark = found.get(mutations)?.get(documentIdOf(operation.opId))
      const evidence: Evidence = { mark, record: found.get(records)?.get(documentId) }
      return [target, planSeen(target, evidence, this.#recordBytes)]
    })
  }

  /** Writes all or none; the result is why it was refused. @throws WireError where the outcome is unknown, or nobody looked at it */
  async commit(writes: readonly RecordWrite[]): Promise<WireError | undefined> {
    try {
      const documents = writes.flatMap(({ document, target }) => [document, markOf(target)])
      await commit(this.#database, documents, this.#context)
    } catch (thrown) {
      if (!(thrown instanceof WireError)) throw thrown
      // A refusal may be the second answer to a request that the network delivered twice.
      if (thrown.effect !== 'none') this.mayHaveActed = true
      if (thrown.effect === 'refused') return thrown
      throw thrown
    }
    this.mayHaveActed = true
    this.#written = writes[0]?.target
    for (const { target, row } of writes) this.decide(target, { kind: 'applied', row })
    return undefined
  }

  /** Has the rules refuse the mark of an operation that was just done. */
  async proveGuard(): Promise<void> {
    const target = this.#written
    if (target === undefined) return
    await this.#database.guard.prove(() => commit(this.#database, [markOf(target)], this.#context))
  }

  #targetOf(operation: PushOperation): Target | undefined {
    const { paths, fieldsOf } = this.#database
    const { user } = this.#context
    try {
      return targetOf(
        operation,
        paths.records(operation.collection, user),
        paths.mutations(user),
        fieldsOf(operation.collection),
      )
    } catch (thrown) {
      if (!isSyncError(thrown, 'SYNC_REJECTED')) throw thrown
      this.#verdicts.set(operation, { kind: 'rejected', error: failureFrom(thrown) })
      return undefined
    }
  }

  #writeOr(target: Target, plan: Plan | undefined): readonly RecordWrite[] {
    if (plan === undefined) return []
    if (isWrite(plan)) return [plan]
    this.decide(target, plan)
    return []
  }

  #mayTryAgain({ target }: RecordWrite): boolean {
    const tries = (this.#tries.get(target) ?? 0) + 1
    this.#tries.set(target, tries)
    if (tries <= mostTries) return true
    const error: Failure = { code: 'SYNC_RATE_LIMITED', message: 'the record changes faster than it can be written' }
    this.decide(target, { kind: 'retry', outcome: 'unapplied', error })
    return false
  }
}
