import type { RequestHandler, WebSocketHandler } from 'msw'

/** What MSW answers with, of either kind. */
type Handler = RequestHandler | WebSocketHandler

/**
 * Puts the handlers in the place of this platform's network until the result is called. One at a time. `#network` is the one
 * for the platform: `node.ts`, or where the condition `browser` holds `browser.ts`.
 */
export type Intercept = (handlers: readonly Handler[]) => Promise<() => Promise<void>>
