import { within } from '../deadline.ts'
import type { App } from './packages.ts'

/** The key of every client of the double, and of lite. */
export const key = 'anon-key'

/** A user who signed up at lite's own Auth. */
interface User {
  readonly id: string
  readonly accessToken: string
  readonly refreshToken: string
}

/** Ada's and bob's, by name. */
export type Users = Readonly<Record<'ada' | 'bob', User>>

interface SignedUp {
  readonly access_token: string
  readonly refresh_token: string
  readonly user: { readonly id: string }
}

async function signUp(app: App, name: string): Promise<User> {
  const request = new Request('https://lite.test/auth/v1/signup', {
    method: 'POST',
    headers: { apikey: key, 'content-type': 'application/json' },
    body: JSON.stringify({ email: `${name}@example.com`, password: 'correct-Horse-7-battery' }),
  })
  const response = await within('the sign-up at lite', app.fetch(request))
  if (response.status !== 200)
    throw new Error(`a sign-up at lite was answered ${response.status}: ${await response.text()}`)
  const { access_token, refresh_token, user } = (await response.json()) as SignedUp
  return { id: user.id, accessToken: access_token, refreshToken: refresh_token }
}

/** Two users of a fresh project. */
export async function signUpBoth(app: App): Promise<Users> {
  return { ada: await signUp(app, 'ada'), bob: await signUp(app, 'bob') }
}

/** A token that looks like ada's, with a signature that is another's. */
const forged = ({ ada, bob }: Users): string =>
  [...ada.accessToken.split('.').slice(0, 2), bob.accessToken.split('.')[2]].join('.')

/**
 * The tokens of the suite are words, those of lite are signed: `token-of-ada` goes out as the token that lite gave ada, and
 * the token of a stranger as a forged one. All other texts pass as they are.
 */
export function withRealToken(request: Request, users: Users): Request {
  const name = /^Bearer token-of-(.+)$/.exec(request.headers.get('authorization') ?? '')?.[1]
  if (name === undefined) return request
  const token = name === 'ada' || name === 'bob' ? users[name].accessToken : forged(users)
  const headers = new Headers(request.headers)
  headers.set('authorization', `Bearer ${token}`)
  return new Request(request, { headers })
}
