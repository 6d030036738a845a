import type { Backend } from '../harness.ts'
import type { RemoteBench } from './bench.ts'

/** A reason to skip, or `undefined`. */
type Need = (bench: RemoteBench) => string | undefined

/** The first reason of several. */
export const all =
  (...needs: readonly Need[]): Need =>
  (bench) => {
    for (const need of needs) {
      const reason = need(bench)
      if (reason !== undefined) return reason
    }
    return undefined
  }

const unless =
  (holds: (bench: RemoteBench) => boolean, reason: (bench: RemoteBench) => string): Need =>
  (bench) =>
    holds(bench) ? undefined : reason(bench)

/** Writes for a stale version are refused. */
export const cas: Need = unless(
  ({ capabilities }) => capabilities.conditional === 'cas',
  () => 'the remote declares no conditional writes (conditional none)',
)
/** A resend is recognised by its id. */
export const recognisesIds: Need = unless(
  ({ capabilities }) => capabilities.idempotency === 'log' || capabilities.idempotency === 'marker',
  ({ capabilities }) => `the remote does not recognise operation ids (idempotency ${capabilities.idempotency})`,
)
/** Ids are kept with their payload. */
export const log: Need = unless(
  ({ capabilities }) => capabilities.idempotency === 'log',
  ({ capabilities }) => `the remote keeps no log of operations (idempotency ${capabilities.idempotency})`,
)
/** A write may safely be sent again. */
export const resendable: Need = unless(
  ({ capabilities }) => capabilities.idempotency !== 'none',
  () => 'the remote declares that nothing may be sent again (idempotency none)',
)
/** Several operations in one request. */
export const several: Need = unless(
  ({ capabilities }) => capabilities.limits.operations >= 3,
  ({ capabilities }) => `the remote takes ${capabilities.limits.operations} operation(s) a request`,
)
/** All-or-none requests. */
export const batch: Need = unless(
  ({ capabilities }) => capabilities.atomicity === 'batch',
  () => 'the remote declares no atomic requests (atomicity record)',
)
/** A feed that goes on from a cursor. */
export const deltas: Need = unless(
  ({ capabilities }) => capabilities.feed !== 'snapshot',
  () => 'the remote always lists everything (feed snapshot)',
)
/** Deletions arrive as tombstones. */
export const tombstones: Need = unless(
  ({ capabilities }) => capabilities.deletes !== 'none',
  () => 'the remote does not tell of deletions (deletes none)',
)
/** Rows that leave the scope arrive as evictions. */
export const evictions: Need = unless(
  ({ capabilities }) => capabilities.deletes === 'tombstone+eviction',
  ({ capabilities }) => `the remote does not tell of rows that leave (deletes ${capabilities.deletes})`,
)
/** Revisions exist. */
export const revisions: Need = unless(
  ({ capabilities }) => capabilities.revisions !== 'none',
  () => 'the remote has no revisions (revisions none)',
)
/** A live channel exists. */
export const live: Need = unless(
  ({ capabilities }) => capabilities.live !== 'none',
  () => 'the remote has no live channel (live none)',
)
/** Conditions on equality. */
export const conditions: Need = unless(
  ({ capabilities }) => capabilities.conditions.includes('eq'),
  () => 'the remote does not test conditions (conditions lack eq)',
)
/** Rows may have any field. */
export const anyField: Need = unless(
  ({ fields }) => fields === 'any',
  () => 'the backend has fixed columns (fields fixed)',
)
/** The backend takes writes. */
export const canWrite: Need = unless(
  ({ writes }) => writes === 'any',
  () => 'the remote takes no writes (writes none)',
)
/** The adapter makes its requests itself. */
export const ownRequests: Need = unless(
  ({ network }) => network === 'env',
  () => "the vendor's client makes the requests (network sdk)",
)
/** The harness can do what the scenario needs. */
export const harnessHas = (part: keyof Backend): Need =>
  unless(
    ({ backend }) => backend[part] !== undefined,
    () => `the harness has no ${part}()`,
  )
