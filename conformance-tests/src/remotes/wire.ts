import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import type { Backend } from '../harness.ts'
import { behind, type Fault } from './faults.ts'

/** One request as it was on the wire. */
interface Sent {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/** The network between adapter and backend. Whatever is not for the backend's origin fails, and is recorded all the same. */
export interface Wire {
  readonly sent: readonly Sent[]
  /** Resolves when the first request is on its way. */
  readonly first: Promise<void>
  /** Runs `call` with the fault on every request that begins while it runs. */
  under<T>(fault: Fault, call: () => Promise<T>): Promise<T>
  close(): void
}

/** Mounts the backend under MSW, in the place of the platform's `fetch`. */
export function mount(backend: Backend): Wire {
  const sent: Sent[] = []
  let begun: () => void = () => {}
  const first = new Promise<void>((resolve) => {
    begun = resolve
  })
  let fault: Fault | undefined
  const here = new URL(backend.origin).origin
  const answer = async (request: Request): Promise<Response> => {
    sent.push({ url: request.url, headers: Object.fromEntries(request.headers) })
    begun()
    if (new URL(request.url).origin !== here) return HttpResponse.error()
    const response = await behind(fault, (arrived) => backend.fetch(arrived))(request)
    return response ?? HttpResponse.error()
  }
  const server = setupServer(http.all(/.*/, ({ request }) => answer(request)))
  server.listen({ onUnhandledRequest: 'error' })
  return {
    sent,
    first,
    async under(next, call) {
      fault = next
      try {
        return await call()
      } finally {
        fault = undefined
      }
    },
    close: () => server.close(),
  }
}
