import type { CallContext, Failure, PushVerdict, SyncErrorCode } from '@rowkeep/kernel'
import { isJson, readErrorBody } from '../../bodies.ts'
import { WireError } from '../../errors.ts'
import { isObject } from '../../json.ts'
import { type Reply, refusalOf } from '../../requests.ts'

/**
 * What an item's server says of the write itself, in an answer of its own (JSON; a firewall or proxy writes HTML): it is
 * refused, and would be refused again. Every other status, 403 and 413 among them, is read by the table of all calls.
 */
const final: { readonly [status: number]: SyncErrorCode } = {
  400: 'SYNC_REJECTED',
  409: 'SYNC_REJECTED',
  412: 'SYNC_REJECTED',
  422: 'SYNC_REJECTED',
}

/** A write that was refused for good. */
export class RefusedWrite extends WireError {
  readonly verdict: PushVerdict

  constructor(failure: Failure) {
    super(failure, 'none', true)
    this.verdict = { kind: 'rejected', error: failure }
  }
}

const preconditionRequired: Failure = {
  code: 'SYNC_CONFIG_INVALID',
  message: '428: the server wants ifMatch() for plainRoutes.writes',
  details: { status: 428 },
}

/** What a person should read: of problem details (RFC 9457), or of the usual `{ "message" }`. */
function wordsOf(body: unknown, { hide }: Reply): { readonly message?: string } {
  if (!isObject(body) || isObject(body['error'])) return {}
  const text = [body['detail'], body['title'], body['message']].find((one) => typeof one === 'string' && one !== '')
  return typeof text === 'string' ? { message: hide(text).slice(0, 1000) } : {}
}

/** The error for an item's answer that is no success. */
export async function writeError(reply: Reply, context: CallContext): Promise<WireError> {
  const { status } = reply.response
  const isOwnWord = isJson(reply.response)
  const copy = reply.response.clone()
  const error = await refusalOf(reply, true, context)
  const words = wordsOf(await readErrorBody(copy, context.signal), reply)
  if (status === 428) return new WireError(preconditionRequired, 'none')
  if (!isOwnWord) return error
  if (error.retry === 'never') return new RefusedWrite({ ...error.failure, ...words })
  // Where the body names a code of ours, it knows better than its status.
  const code = error.code === 'SYNC_PROTOCOL' ? final[status] : undefined
  return code === undefined ? error : new RefusedWrite({ ...error.failure, ...words, code })
}
