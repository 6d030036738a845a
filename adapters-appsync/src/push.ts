import type { CallContext, JsonObject, PushOperation, PushRequest, PushVerdict } from '@rowkeep/kernel'
import { type Row, rowOf } from './codec.ts'
import { conditionOf, Untranslatable } from './conditions.ts'
import { WireError } from './failure.ts'
import type { Model } from './model.ts'
import type { Remote } from './remote.ts'
import { ask } from './requests.ts'
import { firstStep, isVerdict, nextStep, type Seen, type Write } from './steps.ts'
import { behind, rejected, unfitVerdict, writtenVerdict } from './verdicts.ts'

// Each round has met a write of somebody else, or a read that lags behind it; more in a row, and the kernel may as well wait.
const mostRounds = 5

/** One operation under way. */
interface Work {
  readonly remote: Remote
  readonly model: Model
  readonly operation: PushOperation
  readonly condition: JsonObject | undefined
  readonly context: CallContext
}

/** Decodes a row of the operation's record, and remembers its marker list. */
function taken({ remote, model, operation: { id, collection } }: Work, raw: unknown): Row {
  const row = rowOf(raw, id, collection, model)
  remote.seen.note(collection, id, String(row.version), row.marks)
  return row
}

async function read(work: Work): Promise<Seen> {
  const { remote, model, operation, context } = work
  const query = remote.documentsOf(model).get
  try {
    const raw = await ask(remote.api, { field: `get${model.name}`, query, variables: { id: operation.id } }, context)
    return raw === undefined ? 'absent' : taken(work, raw)
  } catch (thrown) {
    if (thrown instanceof WireError && thrown.refusal === 'forbidden') return 'hidden'
    throw thrown
  }
}

/** Sends a mutation. The result is the row as written, or why it was refused. @throws WireError where it failed otherwise */
async function written(work: Work, { mutation, input }: Write): Promise<Row | WireError> {
  const { remote, model, condition, context } = work
  const query = remote.documentsOf(model).mutations[mutation]
  const variables = { input, condition: condition ?? null }
  try {
    return taken(
      work,
      await ask(remote.api, { field: `${mutation}${model.name}`, query, variables, writes: true }, context),
    )
  } catch (thrown) {
    if (thrown instanceof WireError && thrown.refusal !== undefined) return thrown
    throw thrown
  }
}

/** The row that a refusal tells of, else as it is read. */
async function rowAfter(work: Work, { row }: WireError): Promise<Seen> {
  if (row === undefined) return read(work)
  try {
    return taken(work, row)
  } catch {
    // What a refusal carries along is a favour; a row that was asked for must be right.
    return read(work)
  }
}

/** What a refused mutation leads to: a verdict, or the row to decide again on. */
async function refused(work: Work, error: WireError, version: number): Promise<Seen | PushVerdict> {
  const { operation, condition } = work
  const final: PushVerdict = { kind: 'rejected', error: error.failure }
  if (error.refusal === 'invalid') return final
  if (error.refusal === 'forbidden') {
    if (operation.kind === 'create') return final
    // AppSync says so of rows that are not there, too.
    const seen = await read(work)
    return seen === 'absent' ? seen : final
  }
  const seen = await rowAfter(work, error)
  if (typeof seen === 'string' || seen.version > version || seen.deleted || seen.marks.includes(operation.opId))
    return seen
  if (error.refusal === 'version' || seen.version < version) return behind
  if (condition === undefined) return { kind: 'conflict', row: seen.row }
  return rejected('SYNC_CONDITION_FAILED', 'the condition is false', seen.row)
}

async function settled(work: Work): Promise<PushVerdict> {
  const { remote, model, operation } = work
  const marksOf = (revision: string): Row['marks'] | undefined =>
    remote.seen.of(operation.collection, operation.id, revision)
  let step = firstStep(operation, model, marksOf) ?? nextStep(operation, model, await read(work))
  for (let round = 0; round < mostRounds && !isVerdict(step); round += 1) {
    const answer = await written(work, step)
    if (!(answer instanceof WireError)) return writtenVerdict(operation, answer)
    const seen = await refused(work, answer, step.version)
    step = isVerdict(seen) ? seen : nextStep(operation, model, seen)
  }
  return isVerdict(step) ? step : behind
}

async function pushOne(remote: Remote, operation: PushOperation, context: CallContext): Promise<PushVerdict> {
  const model = remote.models.get(operation.collection)
  if (!model) return rejected('SYNC_UNSUPPORTED', `the option models has no ${JSON.stringify(operation.collection)}`)
  const unfit = unfitVerdict(operation, model, remote.recordBytes)
  if (unfit) return unfit
  try {
    const condition = operation.condition && conditionOf(operation.condition, model, operation.id)
    return await settled({ remote, model, operation, condition, context })
  } catch (thrown) {
    if (thrown instanceof Untranslatable) return rejected('SYNC_UNSUPPORTED', thrown.message)
    if (thrown instanceof WireError && thrown.effect === 'none')
      return { kind: 'retry', outcome: 'unapplied', error: thrown.failure }
    throw thrown
  }
}

/**
 * Sends the operations one after the other. Where the outcome of one is unknown the call rejects, and the kernel sends them
 * again: what has taken effect is recognised by its marker in the row.
 * @throws WireError with `effect: 'unknown'`
 */
export async function push(
  remote: Remote,
  { operations, atomic }: PushRequest,
  context: CallContext,
): Promise<readonly PushVerdict[]> {
  if (atomic && operations.length > 1)
    return operations.map(() => rejected('SYNC_UNSUPPORTED', 'AppSync writes one row at a time'))
  const verdicts: PushVerdict[] = []
  for (const operation of operations) verdicts.push(await pushOne(remote, operation, context))
  return verdicts
}
