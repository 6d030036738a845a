import type { ModelServer } from '@rowkeep/kernel/testing'
import type { Caller } from './resolvers.ts'

/** The key that an `x-api-key` must be. */
export const doubleApiKey = 'da2-rowkeepdouble0000000000000'

/** A request whose credentials are none, or nobody's. */
export class NotAuthorized extends Error {}

/** The caller that headers name, whatever the mode: user pool, OpenID Connect and Lambda all use `Authorization`. @throws NotAuthorized */
export function callerOf(server: ModelServer, header: (name: string) => string | null): Caller {
  const authorization = header('authorization')
  if (authorization === null) {
    if (header('x-api-key') === doubleApiKey) return { user: undefined }
    throw new NotAuthorized('You are not authorized to make this call.')
  }
  if (authorization.startsWith('AWS4-HMAC-SHA256 '))
    throw new NotAuthorized('The security token included in the request is invalid.')
  const user = server.userOf(authorization)
  if (user === undefined) throw new NotAuthorized('Valid authorization header not provided.')
  return { user }
}
