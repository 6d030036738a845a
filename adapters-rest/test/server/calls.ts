import type { Json, PullRequest, PushRequest, PushVerdict } from '@rowkeep/kernel'
import { type SyncHandler, type SyncHandlerOptions, type SyncStorage, syncHandler } from '../../src/server/index.ts'

/** A storage that applies everything and remembers what it was asked. */
export interface Recorder extends SyncStorage {
  readonly pulls: { readonly user: string; readonly request: PullRequest }[]
  readonly pushes: { readonly user: string; readonly request: PushRequest }[]
}

/** A fresh {@link Recorder}. */
export function recorder(): Recorder {
  const pulls: Recorder['pulls'] = []
  const pushes: Recorder['pushes'] = []
  return {
    pulls,
    pushes,
    async pull(user, request) {
      pulls.push({ user, request })
      return { kind: 'delta', changes: [], cursor: 'c', more: false }
    },
    async push(user, request) {
      pushes.push({ user, request })
      return request.operations.map((): PushVerdict => ({ kind: 'applied' }))
    },
  }
}

/** A storage that does nothing until it is released. */
export function held(): SyncStorage & { release(): void } {
  const storage = recorder()
  let release = (): void => undefined
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  return {
    pull: (user, request) => released.then(() => storage.pull(user, request)),
    push: (user, request) => released.then(() => storage.push(user, request)),
    release: () => release(),
  }
}

/** `Bearer token-of-<user>` stands for that user. */
const authenticate = (request: Request): string | undefined =>
  /^Bearer token-of-(.+)$/.exec(request.headers.get('authorization') ?? '')?.[1]

/** A handler over a storage, for the collections `notes` and `tasks`. */
export const handlerOver = (storage: SyncStorage, options: Partial<SyncHandlerOptions> = {}): SyncHandler =>
  syncHandler({ storage, authenticate, collections: ['notes', 'tasks'], ...options })

/** What every call of `ada` carries. */
export const adasHeaders = {
  authorization: 'Bearer token-of-ada',
  'rowkeep-user': 'ada',
  'content-type': 'application/json',
}

/** A POST of `ada`; a text goes out as it is, anything else as JSON. */
export const post = (
  path: string,
  body: Json | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Request =>
  new Request(`https://rest.test/sync${path}`, {
    method: 'POST',
    headers: { ...adasHeaders, ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  })

/** A live stream of `ada`. */
export const listenTo = (collections: string, signal?: AbortSignal): Request =>
  new Request(`https://rest.test/sync/live?collections=${collections}`, {
    headers: adasHeaders,
    ...(signal ? { signal } : {}),
  })

/** A pull that is right. */
export const pullBody = { feed: { id: 'f', collections: ['notes'] }, cursor: null, limit: 10 }

/** An operation that is right. */
export const operationBody = {
  opId: '00000000-0000-4000-8000-000000000001',
  kind: 'update',
  collection: 'notes',
  id: 'a',
  expected: '1',
  change: { set: { n: 1 } },
  record: { n: 1 },
  resend: false,
}

/** A push of the operations given. */
export const pushBody = (...operations: readonly Json[]): Json => ({ operations, atomic: false })
