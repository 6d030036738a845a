import type { CallContext } from '@rowkeep/kernel'
import { abortError, untilAborted } from './abort.ts'
import type { Client, Query, Result } from './client.ts'
import { type Hide, networkError, protocolError, refusalError, retryAfterMs } from './errors.ts'
import { type SessionSource, tokenFor } from './session.ts'

/** One request, and what to say of it. */
interface Ask {
  /** For messages: method and table or function. */
  readonly what: string
  /** It may change something: where it fails, its outcome may be unknown. */
  readonly writes: boolean
  /** For messages: what to do where the project lacks what this asks for. */
  readonly setup: string
  readonly query: Query
}

/** What a request that went well brought. */
interface Answer {
  readonly data: unknown
  /** How many rows there are in all, where that was asked for; `null` where the answer did not say. */
  readonly count: number | null
}

/** The project that a client was made for: host and port. A project's address is all that tells it from another. */
export const hostOf = ({ realtime }: Client): string => new URL(realtime.endpointURL()).host

/** Sends requests for one user, within one call of the kernel. */
export interface Caller {
  readonly client: Client
  readonly context: CallContext
  /** @throws WireError for whatever else happens, with `effect: 'none'` where the request surely changed nothing */
  send(ask: Ask): Promise<Answer>
}

/**
 * Looks at the response behind a request: a result of supabase-js has no headers, so no `Retry-After`, and does not tell a
 * redirect. The client's own `fetch` still makes the request, with all the app has given it; a version whose builders keep
 * it elsewhere works as well, without those two.
 */
function watched(query: Query): () => Response | undefined {
  const builder = query as Query & { fetch?: unknown }
  const through = builder.fetch as typeof fetch | undefined
  let response: Response | undefined
  if (typeof through === 'function') {
    builder.fetch = async (input: Request | string | URL, init?: RequestInit): Promise<Response> => {
      response = await through(input, { ...init, redirect: 'manual' })
      return response
    }
  }
  return () => response
}

const isRedirect = ({ type, status, redirected }: Response): boolean =>
  redirected || type === 'opaqueredirect' || (status >= 300 && status <= 399)

function checked(ask: Ask, result: Result, response: Response | undefined, hide: Hide, now: number): Answer {
  const { what, writes, setup } = ask
  const { data, error, count, status } = result
  if (response && isRedirect(response)) {
    throw protocolError(`${what} was redirected; redirects are never followed: give the client the final URL`)
  }
  if (error === null && status >= 200 && status <= 299) return { data, count }
  const said = error ?? {}
  if (status === 0) throw networkError(said, what, hide)
  if (status < 300) {
    throw protocolError(`${what} was answered with something that is no JSON: is a proxy or a sign-in page in between?`)
  }
  const wait = retryAfterMs(response?.headers.get('retry-after'), now)
  throw refusalError({ status, said, what, writes, setup, retryAfterMs: wait, hide })
}

/** Requests over the app's client: never retried by it, the user's own token on each, whoever has signed in meanwhile. */
export const callerFor = (client: Client, source: SessionSource, context: CallContext): Caller => ({
  client,
  context,
  async send(ask) {
    const { signal, env } = context
    if (signal.aborted) throw abortError(signal)
    const token = await tokenFor(context, source)
    const hide: Hide = (text) => text.replaceAll(token, '***')
    const query = ask.query.setHeader('Authorization', `Bearer ${token}`).abortSignal(signal)
    query.retry?.(false)
    const response = watched(query)
    const result = await untilAborted(query, signal)
    return checked(ask, result, response(), hide, env.now())
  },
})
