import type { CallContext, JsonObject } from '@rowkeep/kernel'
import { abortError, untilAborted } from './abort.ts'
import { errorOfThrown, type Hide } from './errors.ts'
import { protocolError } from './failure.ts'
import { isObject } from './json.ts'
import { type SessionSource, sessionOf } from './session.ts'

/** How AppSync is told who calls; the words are Amplify's. */
export type AuthMode = 'apiKey' | 'oidc' | 'userPool' | 'iam' | 'identityPool' | 'lambda' | 'none'

/** What the client's `graphql` is asked. */
export interface GraphqlOptions {
  readonly query: string
  readonly variables?: object
  readonly authMode?: AuthMode
  readonly authToken?: string
}

/**
 * The part that is used of a client made by `generateClient`: of `aws-amplify/api`, or of `@aws-amplify/api-graphql/internals`
 * with a context of its own.
 */
export interface AppsyncClient {
  /** A promise of the result, or for a subscription an observable. */
  graphql(options: GraphqlOptions): unknown
  cancel(promise: Promise<unknown>, message?: string): boolean
}

/** The API a call goes to: what the options of the adapter say, checked. */
export interface Api {
  readonly client: AppsyncClient
  readonly authMode: AuthMode | undefined
  readonly session: SessionSource | undefined
}

/** One query or mutation. */
export interface Call {
  /** The field of `Query` or `Mutation` that is asked, which also names the call in messages. */
  readonly field: string
  readonly query: string
  readonly variables: JsonObject
  /** A mutation: where it fails, its outcome may be unknown. Default false. */
  readonly writes?: boolean
}

/** Auth of one request, as the client takes it. */
export interface Credentials {
  readonly auth: Pick<GraphqlOptions, 'authMode' | 'authToken'>
  readonly hide: Hide
}

/** The credentials of the call's user. @throws WireError as `sessionOf` */
export async function credentialsOf({ session, authMode }: Api, context: CallContext): Promise<Credentials> {
  const token = (await sessionOf(session, context))?.token
  return {
    auth: { ...(authMode === undefined ? {} : { authMode }), ...(token === undefined ? {} : { authToken: token }) },
    hide: (text) => (token === undefined ? text : text.replaceAll(token, '***')),
  }
}

/**
 * Sends one query or mutation and gives what its field answered, undecoded; `undefined` where that is null. The vendor's
 * client sends it up to three times, if the network, a 429 or a 5xx is in the way.
 * @throws WireError whatever else happens, with `effect: 'none'` where it surely changed nothing
 */
export async function ask(
  api: Api,
  { field, query, variables, writes = false }: Call,
  context: CallContext,
): Promise<unknown> {
  const { signal, env } = context
  const { auth, hide } = await credentialsOf(api, context)
  if (signal.aborted) throw abortError(signal)
  try {
    const work = api.client.graphql({ query, variables, ...auth }) as Promise<unknown>
    const result = await untilAborted(work, signal, () => api.client.cancel(work))
    if (!isObject(result) || !isObject(result['data'])) throw protocolError(`${field}: the answer is none of GraphQL`)
    return result['data'][field] ?? undefined
  } catch (thrown) {
    throw errorOfThrown(thrown, { what: field, writes, now: env.now(), hide })
  }
}
