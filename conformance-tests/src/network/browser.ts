import { HttpResponse, http, passthrough } from 'msw'
import { type SetupWorker, setupWorker } from 'msw/browser'
import type { Intercept } from './intercept.ts'

// The page's own modules come over the same network.
const own = http.all(`${location.origin}/*`, () => passthrough())
// A request that comes late, from a scenario that is over, must neither get out nor be seen by the next one.
const offline = http.all(/.*/, () => HttpResponse.error())

// A page has one worker, which takes a while to start.
let started: Promise<SetupWorker> | undefined

async function start(): Promise<SetupWorker> {
  const worker = setupWorker(own, offline)
  await worker.start({ quiet: true, onUnhandledRequest: 'error' })
  return worker
}

/** In a browser: hands what the page asks for to MSW's service worker, which the page serves at `/mockServiceWorker.js`. */
export const intercept: Intercept = async (handlers) => {
  started ??= start()
  const worker = await started
  worker.resetHandlers(own, ...handlers, offline)
  return async () => worker.resetHandlers(own, offline)
}
