import { MalformedRequest } from './answers.ts'
import { NotAuthorized } from './callers.ts'

const requestBytes = 1_000_000

/** What browsers are told; AppSync lets every origin in. */
const cors = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers':
    'x-amzn-RequestId,x-amzn-ErrorType,x-amz-user-agent,x-amzn-ErrorMessage,Date,x-amz-schema-version',
}

const json = (status: number, body: object, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(JSON.stringify(body), {
    status,
    headers: {
      'content-type': 'application/json;charset=UTF-8',
      'x-amzn-requestid': crypto.randomUUID(),
      ...cors,
      ...headers,
    },
  })

const refusal = (status: number, errorType: string, message: string): Response =>
  json(status, { errors: [{ errorType, message }] }, { 'x-amzn-errortype': errorType })

const preflight = (): Response =>
  new Response(null, {
    status: 200,
    headers: {
      ...cors,
      'access-control-allow-headers':
        'authorization,content-type,x-amz-date,x-amz-security-token,x-amz-user-agent,x-api-key,amz-sdk-invocation-id,amz-sdk-request',
      'access-control-allow-methods': 'POST,OPTIONS',
      'access-control-max-age': '172800',
    },
  })

async function bodyOf(request: Request): Promise<unknown> {
  const text = await request.text()
  if (text === '') throw new MalformedRequest('Request body is empty.')
  if (new TextEncoder().encode(text).length > requestBytes) throw new MalformedRequest('Request body is too large.')
  try {
    return JSON.parse(text)
  } catch {
    throw new MalformedRequest('Unable to parse GraphQL query.')
  }
}

/**
 * `POST /graphql`: status 200 for whatever is GraphQL, refusals included; 401 for credentials that are nobody's, asked for first;
 * 400 for what is none. `handle` answers a parsed body.
 */
export async function handleHttp<C>(
  request: Request,
  authorize: (header: (name: string) => string | null) => C,
  handle: (body: unknown, caller: C) => Promise<object>,
): Promise<Response> {
  if (!new URL(request.url).pathname.endsWith('/graphql')) return refusal(404, 'NotFoundException', 'Not found')
  if (request.method === 'OPTIONS') return preflight()
  if (request.method !== 'POST') return refusal(405, 'MethodNotAllowedException', 'Method not allowed')
  try {
    const caller = authorize((name) => request.headers.get(name))
    return json(200, await handle(await bodyOf(request), caller))
  } catch (thrown) {
    if (thrown instanceof NotAuthorized) return refusal(401, 'UnauthorizedException', thrown.message)
    if (thrown instanceof MalformedRequest) return refusal(400, 'MalformedHttpRequestException', thrown.message)
    throw thrown
  }
}
