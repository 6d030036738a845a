import type { CallContext, Failure, PushRequest, PushVerdict } from '@rowkeep/kernel'
import { mustBeSignedIn } from '../credentials.ts'
import { WireError } from '../errors.ts'
import type { Database } from '../options.ts'
import { Attempt } from './attempt.ts'
import type { RecordWrite } from './writes.ts'

/** The verdict on a write that the server refuses although it fits what stands there. */
function verdictOfRefusal({ code, failure }: WireError): PushVerdict {
  if (code === 'SYNC_FORBIDDEN') return { kind: 'rejected', error: failure }
  // Contention: others write the same documents at this moment.
  if (code === 'SYNC_NETWORK') return { kind: 'retry', outcome: 'unapplied', error: failure }
  return { kind: 'rejected', error: { ...failure, code: 'SYNC_REJECTED' } }
}

const halvesOf = <T>(list: readonly T[]): readonly (readonly T[])[] => {
  const middle = Math.ceil(list.length / 2)
  return [list.slice(0, middle), list.slice(middle)]
}

/** Each operation for itself: one request for all; where that is refused, what can still apply goes again, in halves at worst. */
async function settle(attempt: Attempt, writes: readonly RecordWrite[]): Promise<void> {
  if (writes.length === 0) return
  const refusal = await attempt.commit(writes)
  if (refusal === undefined) return
  const { moved, stuck } = await attempt.replan(writes)
  const [only] = stuck
  if (only !== undefined && writes.length === 1) return attempt.decide(only.target, verdictOfRefusal(refusal))
  const rest = [...moved, ...stuck]
  if (moved.length > 0 || rest.length < writes.length) return settle(attempt, rest)
  for (const half of halvesOf(stuck)) await settle(attempt, half)
}

/** All or none: a refusal that nothing at the server explains is of the whole group. */
async function settleGroup(attempt: Attempt, writes: readonly RecordWrite[], size: number): Promise<void> {
  if (writes.length === 0 || attempt.failed) return
  const refusal = await attempt.commit(writes)
  if (refusal === undefined) return
  const { moved, stuck } = await attempt.replan(writes)
  if (moved.length > 0 || stuck.length < writes.length) return settleGroup(attempt, [...moved, ...stuck], size)
  const verdict = verdictOfRefusal(refusal)
  if (verdict.kind !== 'rejected' || size === 1) {
    for (const { target } of stuck) attempt.decide(target, verdict)
    return
  }
  const error: Failure = { ...verdict.error, details: { ...verdict.error.details, group: true } }
  for (const { target } of stuck) attempt.decide(target, { kind: 'rejected', error })
}

const groupAborted: PushVerdict = { kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_GROUP_ABORTED' } }

async function run(attempt: Attempt, request: PushRequest): Promise<readonly PushVerdict[]> {
  const writes = await attempt.plan(request)
  if (!request.atomic) {
    await settle(attempt, writes)
    return attempt.verdicts(request)
  }
  await settleGroup(attempt, writes, request.operations.length)
  if (attempt.failed) attempt.decideRest(request, groupAborted)
  return attempt.verdicts(request)
}

/**
 * Writes each operation together with a mark that it is done, in one commit that the rules refuse as a whole unless every
 * record is at the revision before and no mark is there. What was refused is looked at: a mark means that it was applied
 * before, another revision is a conflict, and what fits and is refused all the same is forbidden.
 * @throws WireError where the outcome of all is unknown
 */
export async function push(
  database: Database,
  recordBytes: number,
  request: PushRequest,
  context: CallContext,
): Promise<readonly PushVerdict[]> {
  const attempt = new Attempt(database, recordBytes, context)
  try {
    database.guard.mustStand()
    await mustBeSignedIn(database.user, context)
    const verdicts = await run(attempt, request)
    await attempt.proveGuard()
    return verdicts
  } catch (thrown) {
    if (!(thrown instanceof WireError) || thrown.effect === 'unknown' || attempt.mayHaveActed) throw thrown
    attempt.decideRest(request, { kind: 'retry', outcome: 'unapplied', error: thrown.failure })
    return attempt.verdicts(request)
  }
}
