import type { Backend } from '../harness.ts'
import { mounted } from '../network/mounted.ts'
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
  close(): Promise<void>
}

/** A plain status in the backend's own words. */
function worded(fault: Fault, backend: Backend): Fault {
  const body = fault.kind === 'status' ? backend.wording?.(fault.status) : undefined
  return fault.kind === 'status' && body ? { ...fault, body } : fault
}

/** Mounts the backend under MSW, in the place of the platform's network. */
export async function mount(backend: Backend): Promise<Wire> {
  const sent: Sent[] = []
  let begun: () => void = () => {}
  const first = new Promise<void>((resolve) => {
    begun = resolve
  })
  let fault: Fault | undefined
  const here = new URL(backend.origin).origin
  const answer = async (request: Request): Promise<Response | undefined> => {
    sent.push({ url: request.url, headers: Object.fromEntries(request.headers) })
    begun()
    if (new URL(request.url).origin !== here) return undefined
    return behind(fault, (arrived) => backend.fetch(arrived))(request)
  }
  const close = await mounted(answer, backend.socket)
  return {
    sent,
    first,
    async under(next, call) {
      fault = worded(next, backend)
      try {
        return await call()
      } finally {
        fault = undefined
      }
    },
    close,
  }
}
