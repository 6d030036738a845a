import type { RequestListener } from 'node:http'
import { nodeListener, type SyncHandler } from '@rowkeep/adapters-rest/server'

/**
 * What can go wrong with the next push. `loseAnswer`: it takes effect, and the connection breaks before the answer.
 * `stall`: it is taken in hand and never answered.
 */
export type Fault = 'loseAnswer' | 'stall'

/** A handler behind a network that fails on demand. */
export interface FaultyListener {
  readonly listener: RequestListener
  /** The next push meets this fault. The result resolves when it has. */
  plan(fault: Fault): Promise<void>
}

/** Serves with `handler`, without fault until one is planned. */
export function withFaults(handler: SyncHandler): FaultyListener {
  let planned: { readonly fault: Fault; readonly struck: () => void } | undefined

  const serve = async (request: Request, breakConnection: () => void): Promise<Response> => {
    if (!planned || !new URL(request.url).pathname.endsWith('/push')) return handler(request)
    const { fault, struck } = planned
    planned = undefined
    const answer = handler(request)
    if (fault === 'loseAnswer') {
      await answer
      breakConnection()
    }
    struck()
    return fault === 'stall' ? new Promise<never>(() => {}) : answer
  }

  return {
    listener: (incoming, outgoing) =>
      nodeListener((request) => serve(request, () => incoming.socket.destroy()))(incoming, outgoing),
    plan: (fault) =>
      new Promise((resolve) => {
        planned = { fault, struck: resolve }
      }),
  }
}
