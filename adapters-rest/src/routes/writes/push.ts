import {
  isSyncError,
  type PushOperation,
  type PushRequest,
  type PushVerdict,
  type SyncErrorCode,
} from '@rowkeep/kernel'
import { failureFrom } from '@rowkeep/kernel/adapters'
import { verdictsOfRefusal, WireError } from '../../errors.ts'
import type { Place, WriteRoute } from '../route.ts'
import type { slotsOf } from '../slots.ts'
import { RefusedWrite } from './errors.ts'
import { itemOf } from './item.ts'

const unsupported = (message: string): PushVerdict => ({
  kind: 'rejected',
  error: { code: 'SYNC_UNSUPPORTED', message },
})

/** Why an operation cannot be sent at all; `undefined`: it can. */
function whyNot({ change, condition }: PushOperation): string | undefined {
  if (condition !== undefined) return 'the server cannot test a condition'
  const relative = change.increment !== undefined || change.append !== undefined
  return relative ? 'the server takes whole records only: it cannot increment or append' : undefined
}

/** One operation on its own. @throws WireError where its outcome is unknown */
async function pushOne(route: WriteRoute, place: Place, operation: PushOperation): Promise<PushVerdict> {
  const reason = whyNot(operation)
  if (reason !== undefined) return unsupported(reason)
  try {
    return await route.write(itemOf(place, operation), operation)
  } catch (thrown) {
    if (thrown instanceof RefusedWrite) return thrown.verdict
    if (!(thrown instanceof WireError)) {
      // An id that no address can name.
      if (isSyncError(thrown, 'SYNC_UNSUPPORTED')) return { kind: 'rejected', error: failureFrom(thrown) }
      throw thrown
    }
    if (thrown.effect === 'unknown') throw thrown
    const [verdict] = verdictsOfRefusal(thrown, { operations: [operation], atomic: false })
    return verdict as PushVerdict
  }
}

const everybodys: readonly SyncErrorCode[] = [
  'SYNC_AUTH_REQUIRED',
  'SYNC_USER_MISMATCH',
  'SYNC_RATE_LIMITED',
  'SYNC_NETWORK',
  'SYNC_TIMEOUT',
  'SYNC_ABORTED',
]

/** Whether the next operation would meet the same: nobody is signed in, the network is gone, the server is busy. */
const stops = (verdict: PushVerdict): verdict is PushVerdict & { kind: 'retry' } =>
  verdict.kind === 'retry' && everybodys.includes(verdict.error.code)

async function settled(work: Promise<PushVerdict>): Promise<PushVerdict | WireError> {
  try {
    return await work
  } catch (thrown) {
    if (thrown instanceof WireError) return thrown
    throw thrown
  }
}

const asVerdict = (ended: PushVerdict | WireError): PushVerdict =>
  ended instanceof WireError
    ? { kind: 'retry', outcome: ended.effect === 'none' ? 'unapplied' : 'unknown', error: ended.failure }
    : ended

/**
 * One request for each operation, `parallel` at a time of all that share `inSlot`, and one verdict for each; after a failure that
 * would meet the others too they are not sent.
 * @throws WireError where the outcome of all is unknown
 */
export async function pushAll(
  route: WriteRoute,
  placeOf: (operation: PushOperation) => Place,
  { operations, atomic }: PushRequest,
  parallel: number,
  inSlot: ReturnType<typeof slotsOf>,
): Promise<readonly PushVerdict[]> {
  if (atomic && operations.length > 1) {
    return operations.map(() => unsupported('the server has no request for several items'))
  }
  const verdicts: PushVerdict[] = []
  for (let from = 0; from < operations.length; from += parallel) {
    const part = operations.slice(from, from + parallel)
    const ended = await Promise.all(part.map((one) => settled(inSlot(() => pushOne(route, placeOf(one), one)))))
    const [first] = ended
    // None has an end yet: what could not be sent any more counts as sent, which a resend makes good.
    if (from === 0 && first instanceof WireError && ended.every((one) => one instanceof WireError)) throw first
    verdicts.push(...ended.map(asVerdict))
    const stop = verdicts.find(stops)
    if (stop === undefined) continue
    const unsent = operations.slice(verdicts.length)
    return [...verdicts, ...unsent.map((): PushVerdict => ({ ...stop, outcome: 'unapplied' }))]
  }
  return verdicts
}
