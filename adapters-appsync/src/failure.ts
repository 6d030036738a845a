import { type Failure, SyncError } from '@rowkeep/kernel'

/** Whether a request that failed may have changed something on the server. */
export type Effect = 'none' | 'unknown'

/**
 * Why AppSync refused a mutation that surely had no effect. `version`: it is for another version. `condition`: a condition
 * is false, or a create has found its row there. `forbidden`: the user may not. `invalid`: the API does not take it, whoever
 * sends it.
 */
export type Refusal = 'version' | 'condition' | 'forbidden' | 'invalid'

/** The error of every call: a {@link SyncError} that also knows whether the request may have had an effect. */
export class WireError extends SyncError {
  readonly effect: Effect
  /** The same as data, for a verdict or a live event. */
  readonly failure: Failure
  /** `undefined`: the request failed, it was not refused. */
  readonly refusal: Refusal | undefined
  /** With a refusal: the row as the server has it, undecoded. `undefined`: it did not say. */
  readonly row: unknown
  /** What came in spite of the errors, undecoded. */
  readonly data: unknown

  constructor(
    failure: Failure,
    effect: Effect,
    more: { readonly refusal?: Refusal; readonly row?: unknown; readonly data?: unknown } = {},
  ) {
    super(failure.code, failure)
    this.effect = effect
    this.failure = failure
    this.refusal = more.refusal
    this.row = more.row ?? undefined
    this.data = more.data
    // Rows and answers may be anything; an error that is logged must not carry them along.
    for (const field of ['failure', 'row', 'data']) Object.defineProperty(this, field, { enumerable: false })
  }
}

/** The error for an answer that is not what AppSync answers: it may stand for an effect all the same. */
export const protocolError = (message: string): WireError =>
  new WireError({ code: 'SYNC_PROTOCOL', message }, 'unknown')

/** The error for a call that failed before anything was sent. */
export const unsentError = (code: Failure['code'], message: string): WireError =>
  new WireError({ code, message: `nothing was sent: ${message}` }, 'none')
