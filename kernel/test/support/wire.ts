import type { RemoteAdapter } from '../../src/index.ts'
import type { TestServer } from './server.ts'
import { type VirtualEnv, virtualEnv } from './virtual-env.ts'

/** A token that must never be seen anywhere. */
export const token = 'canary-token-4f1d'

export interface Wire {
  readonly env: VirtualEnv
  /** The server's adapter, which makes a request for each call, as one of a real backend does. */
  readonly remote: RemoteAdapter
  /** What arrived, as `<method> <url>`. */
  readonly requests: string[]
}

/** A network between a device and its server; `answer` says what each request gets. */
export function wireTo(
  server: TestServer,
  answer: (request: Request) => Response | Promise<Response> = () => new Response(null, { status: 204 }),
): Wire {
  const requests: string[] = []
  const env = virtualEnv({
    fetch: async (input) => {
      const request = input as Request
      requests.push(`${request.method} ${request.url}`)
      return answer(request)
    },
  })
  const inner = server.adapter()
  const headers = { authorization: `Bearer ${token}`, cookie: `session=${token}` }
  const remote: RemoteAdapter = {
    ...inner,
    pull: async (request, context) => {
      const url = `https://api.example.com/v1/${request.feed.collections[0]}/pull?access_token=${token}`
      await context.env.fetch(url, { headers, signal: context.signal })
      return inner.pull(request, context)
    },
    push: async (request, context) => {
      const { signal } = context
      await context.env.fetch(`https://api.example.com/push/${token}`, { method: 'POST', headers, signal, body: token })
      return inner.push(request, context)
    },
  }
  return { env, remote, requests }
}
