import type { RequestListener } from 'node:http'
import { nodeListener } from '@rowkeep/adapters-rest/server'
import type { Served } from './servers/served.ts'

/**
 * What can go wrong with pushes. `loseAnswer`: they take effect, and the connection breaks before the answer, however often a
 * client tries. `stall`: the next one is taken in hand and never answered.
 */
export type Fault = 'loseAnswer' | 'stall'

/** A backend behind a network that fails on demand. */
export interface FaultyListener {
  readonly listener: RequestListener
  /** Pushes meet this fault from now on. The result resolves when the first one has. */
  plan(fault: Fault): Promise<void>
  /** The network is well again. */
  end(): void
}

/** Serves a backend, without fault until one is planned. */
export function withFaults(served: Pick<Served, 'fetch' | 'isPush'>): FaultyListener {
  let planned: { readonly fault: Fault; readonly struck: () => void } | undefined

  const serve = async (request: Request, breakConnection: () => void): Promise<Response> => {
    if (!planned || !(await served.isPush(request.clone()))) return served.fetch(request)
    const { fault, struck } = planned
    const answer = served.fetch(request)
    if (fault === 'stall') {
      planned = undefined
      struck()
      return new Promise<never>(() => {})
    }
    await answer
    breakConnection()
    struck()
    return answer
  }

  return {
    listener: (incoming, outgoing) =>
      nodeListener((request) => serve(request, () => incoming.socket.destroy()))(incoming, outgoing),
    plan: (fault) =>
      new Promise((resolve) => {
        planned = { fault, struck: resolve }
      }),
    end() {
      planned = undefined
    },
  }
}
