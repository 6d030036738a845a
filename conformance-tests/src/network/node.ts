import { setupServer } from 'msw/node'
import type { Intercept } from './intercept.ts'

/** In Node: patches `fetch` and `WebSocket` of this process, and takes the patches off again. */
export const intercept: Intercept = async (handlers) => {
  const server = setupServer(...handlers)
  server.listen({ onUnhandledRequest: 'error' })
  return async () => server.close()
}
