import { Refusal } from './refusal.ts'

/** What stands behind the gateway. */
export interface Services {
  /** The key that every request names, `anon` as long as nobody is signed in. */
  readonly key: string
  /** The user of an access token; `undefined` for any text that is none. */
  userOf(token: string): string | undefined
  /** `/rest/v1/<path>`. `user` `undefined`: the role `anon`. */
  rest(path: string, request: Request, user: string | undefined): Promise<Response>
}

const cors = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers':
    '*, authorization, apikey, content-type, prefer, accept, accept-profile, content-profile, x-client-info, x-supabase-api-version',
  'access-control-allow-methods': 'GET, HEAD, POST, PATCH, DELETE, OPTIONS',
  'access-control-expose-headers': 'content-range, retry-after',
}

/** The access token of a request; `undefined`: the key alone. @throws Refusal `PGRST301` */
function userFrom(request: Request, { key, userOf }: Services): string | undefined {
  const token = /^Bearer (.+)$/.exec(request.headers.get('authorization') ?? '')?.[1] ?? key
  if (token === key) return undefined
  const user = userOf(token)
  if (user === undefined) throw new Refusal(401, 'PGRST301', 'JWSError JWSInvalidSignature')
  return user
}

/** `POST /auth/v1/token?grant_type=refresh_token`: tokens that renew are `refresh-of-<user>`, and never change here. */
async function renewed(request: Request, { userOf }: Services): Promise<Response> {
  const body = (await request.json()) as { readonly refresh_token?: unknown }
  const name = /^refresh-of-(.+)$/.exec(String(body.refresh_token))?.[1] ?? ''
  const token = `token-of-${name}`
  if (userOf(token) !== name) {
    const refusal = { code: 'refresh_token_not_found', message: 'Invalid Refresh Token: Refresh Token Not Found' }
    return Response.json(refusal, { status: 400, headers: { 'x-supabase-api-version': '2024-01-01' } })
  }
  return Response.json(sessionOf(name, token))
}

/** A session as Supabase Auth gives it, good for an hour. */
export const sessionOf = (user: string, token: string): object => ({
  access_token: token,
  refresh_token: `refresh-of-${user}`,
  token_type: 'bearer',
  expires_in: 3600,
  expires_at: Math.floor(Date.now() / 1000) + 3600,
  user: { id: user, aud: 'authenticated', role: 'authenticated', app_metadata: {}, user_metadata: {}, created_at: '' },
})

async function routed(request: Request, services: Services): Promise<Response> {
  const { pathname } = new URL(request.url)
  const key = request.headers.get('apikey') ?? new URL(request.url).searchParams.get('apikey')
  if (key !== services.key) {
    const message = key === null ? 'No API key found in request' : 'Invalid API key'
    return Response.json({ message, hint: 'Double check the Supabase key.' }, { status: 401 })
  }
  if (pathname === '/auth/v1/token' && request.method === 'POST') return renewed(request, services)
  if (!pathname.startsWith('/rest/v1/')) return Response.json({ message: 'no Route matched' }, { status: 404 })
  const user = userFrom(request, services)
  try {
    return await services.rest(decodeURIComponent(pathname.slice(9)), request, user)
  } catch (thrown) {
    // To whom nobody signed in, PostgREST says to do that first.
    if (thrown instanceof Refusal && thrown.code === '42501' && user === undefined) return thrown.response(401)
    throw thrown
  }
}

/** The front of a project: key, sign-in, CORS, and the services behind. */
export const gateway =
  (services: Services) =>
  async (request: Request): Promise<Response> => {
    const answer = async (): Promise<Response> => {
      if (request.method === 'OPTIONS') return new Response(null, { status: 200 })
      try {
        return await routed(request, services)
      } catch (thrown) {
        if (thrown instanceof Refusal) return thrown.response()
        throw thrown
      }
    }
    const answered = await answer()
    const response = request.method === 'HEAD' ? new Response(null, answered) : answered
    for (const [name, value] of Object.entries(cors)) response.headers.set(name, value)
    return response
  }
