import {
  type CallContext,
  type DigestRemote,
  isSyncError,
  type JsonObject,
  type LiveEvent,
  type LiveRemote,
  type PullPage,
  type PullRequest,
  type PushRequest,
  type PushVerdict,
  type QueryableRemote,
  type QueryPage,
  type RemoteAdapter,
  type RemoteCapabilities,
  SyncError,
  type SyncErrorCode,
} from '@rowkeep/kernel'
import type { Device } from '../harness.ts'
import { versionsOf } from './model-digest.ts'
import type { Profile } from './profile.ts'

const byStatus: Readonly<Record<number, SyncErrorCode>> = {
  401: 'SYNC_AUTH_REQUIRED',
  403: 'SYNC_FORBIDDEN',
  409: 'SYNC_USER_MISMATCH',
  413: 'SYNC_TOO_LARGE',
  429: 'SYNC_RATE_LIMITED',
  503: 'SYNC_RATE_LIMITED',
}

/** RFC 9110, 10.2.3: seconds, or a date. */
function retryAfter(response: Response, context: CallContext, { defect }: Profile): number | undefined {
  const text = response.headers.get('retry-after')
  if (text === null) return undefined
  if (/^\d+$/.test(text)) return Number(text) * 1000
  const date = defect === 'retry-after-date-ignored' ? Number.NaN : Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - context.env.now())
}

function failed(response: Response, context: CallContext, profile: Profile): SyncError {
  const code = byStatus[response.status] ?? (response.status >= 500 ? 'SYNC_NETWORK' : 'SYNC_PROTOCOL')
  const message = `the server answered ${response.status}`
  return new SyncError(code, { message, retryAfterMs: retryAfter(response, context, profile) })
}

function broken(error: unknown, signal: AbortSignal): SyncError {
  if (isSyncError(error)) return error
  if (!signal.aborted) return new SyncError('SYNC_NETWORK', { cause: error })
  const late = (signal.reason as { readonly name?: string } | undefined)?.name === 'TimeoutError'
  return new SyncError(late ? 'SYNC_TIMEOUT' : 'SYNC_ABORTED', { cause: error })
}

/** One adapter instance over the model's wire. */
class ModelWire {
  readonly #url: string
  readonly #device: Device
  readonly #profile: Profile

  constructor(url: string, device: Device, profile: Profile) {
    this.#url = url
    this.#device = device
    this.#profile = profile
  }

  /** @throws SyncError by status, or for an answer that is not of this protocol */
  async call<T>(path: string, request: unknown, context: CallContext, is: (value: unknown) => value is T): Promise<T> {
    const response = await this.#send(path, JSON.stringify({ user: context.user, request }), context)
    if (!response.ok) throw failed(response, context, this.#profile)
    const text = await this.#until(context.signal, response.text())
    let body: unknown
    try {
      body = JSON.parse(text)
    } catch (cause) {
      const details = { html: text.startsWith('<') }
      throw new SyncError('SYNC_PROTOCOL', { message: 'the answer is not JSON', details, cause })
    }
    if (!is(body)) throw new SyncError('SYNC_PROTOCOL', { message: 'the answer is not of this protocol' })
    return body
  }

  async open(context: CallContext): Promise<ReadableStream<Uint8Array>> {
    const response = await this.#send('/live', undefined, context)
    if (!response.ok || !response.body) throw failed(response, context, this.#profile)
    return response.body
  }

  async #send(path: string, body: string | undefined, context: CallContext): Promise<Response> {
    const { defect } = this.#profile
    if (context.signal.aborted) throw broken(context.signal.reason, context.signal)
    const url = `${this.#url}${path}${defect === 'token-in-url' ? `?token=${this.#device.token()}` : ''}`
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${this.#device.token()}` }
    const how = {
      headers,
      redirect: defect === 'redirect-followed' ? 'follow' : 'error',
      ...(defect === 'signal-ignored' ? {} : { signal: context.signal }),
      ...(body === undefined ? {} : { method: 'POST', body }),
    } as const
    return this.#until(context.signal, context.env.fetch(url, how))
  }

  async #until<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      throw broken(error, signal)
    }
  }
}

const isPage = (value: unknown): value is PullPage => typeof value === 'object' && value !== null && 'kind' in value
const isVerdicts = (value: unknown): value is PushVerdict[] => Array.isArray(value)

function declared({ capabilities, defect }: Profile): RemoteCapabilities {
  if (defect === 'capabilities-not-frozen') return { ...capabilities }
  if (defect === 'under-declared-tombstones') return Object.freeze({ ...capabilities, deletes: 'none' })
  return capabilities
}

const emptyPage: PullPage = { kind: 'snapshot', changes: [], cursor: null, more: false }

/** What a defective adapter makes of a good page. */
function asReceived(page: PullPage, request: PullRequest, { defect }: Profile): PullPage {
  if (page.kind === 'expired') return page
  if (defect === 'short-page-is-end' && page.changes.length < request.limit) return { ...page, more: false }
  if (defect !== 'partial-row' || page.kind === 'snapshot') return page
  return {
    ...page,
    changes: page.changes.map((one) => (one.kind === 'record' ? { ...one, record: truthy(one.record) } : one)),
  }
}

const truthy = (record: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value))

/** What a defective adapter makes of an error of a pull; throws where it is honest. */
function pulled(error: unknown, { defect }: Profile): PullPage {
  if (defect === 'forbidden-as-empty' && isSyncError(error, 'SYNC_FORBIDDEN')) return emptyPage
  if (defect === 'html-as-empty' && isSyncError(error, 'SYNC_PROTOCOL') && error.details['html']) return emptyPage
  throw error
}

/** Without effect for sure: the server said so before it did anything. */
const surelyUnapplied: readonly SyncErrorCode[] = ['SYNC_AUTH_REQUIRED', 'SYNC_RATE_LIMITED', 'SYNC_USER_MISMATCH']

function pushed(error: unknown, { operations }: PushRequest, { defect }: Profile): readonly PushVerdict[] {
  if (!isSyncError(error)) throw error
  const { code, retryAfterMs } = error
  const failure = { code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  const refusedForGood =
    code === 'SYNC_FORBIDDEN' || (defect === 'throw-as-rejected' && !surelyUnapplied.includes(code))
  if (refusedForGood) return operations.map(() => ({ kind: 'rejected', error: failure }))
  if (!surelyUnapplied.includes(code)) throw error
  return operations.map(() => ({ kind: 'retry', outcome: 'unapplied', error: failure }))
}

async function relay(body: ReadableStream<Uint8Array>, tell: (event: LiveEvent) => void): Promise<void> {
  let rest = ''
  const decoder = new TextDecoder()
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) tell(JSON.parse(line) as LiveEvent)
  }
  throw new SyncError('SYNC_NETWORK', { message: 'the live channel ended' })
}

function liveOf(wire: ModelWire, { defect }: Profile): LiveRemote {
  return {
    subscribe(_feed, listener, context) {
      const stop = new AbortController()
      const signal = AbortSignal.any([stop.signal, context.signal])
      const tell = (event: LiveEvent): void => {
        if (!signal.aborted || defect === 'live-after-unsubscribe') listener(event)
      }
      const stopped = defect === 'live-after-unsubscribe' ? context.signal : signal
      const channel = wire.open({ ...context, signal: stopped }).then((body) => relay(body, tell))
      channel.catch((error: unknown) => {
        const { code } = isSyncError(error) ? error : new SyncError('SYNC_NETWORK', { cause: error })
        tell({ kind: 'down', error: { code } })
      })
      return () => stop.abort()
    },
  }
}

const isRows = (value: unknown): value is QueryPage => typeof value === 'object' && value !== null && 'rows' in value
const isCount = (value: unknown): value is { readonly count: number } =>
  typeof value === 'object' && value !== null && 'count' in value

/** What a defective adapter makes of a query that was refused; throws where it is honest. */
function answered<T>(error: unknown, nothing: T, { defect }: Profile): T {
  if (defect === 'query-refused-as-empty' && isSyncError(error, 'SYNC_FORBIDDEN')) return nothing
  throw error
}

const queriesOf = (wire: ModelWire, profile: Profile): QueryableRemote => ({
  async query(request, context) {
    try {
      return await wire.call('/query', request, context, isRows)
    } catch (error) {
      return answered(error, { rows: [], after: null }, profile)
    }
  },
  async count(request, context) {
    try {
      return (await wire.call('/query', request, context, isCount)).count
    } catch (error) {
      return answered(error, 0, profile)
    }
  },
})

const isVersions = (value: unknown): value is readonly string[] => Array.isArray(value)

const digestOf = (wire: ModelWire, profile: Profile): DigestRemote => ({
  async same(feed, rows, context) {
    const here = versionsOf(rows, profile)
    const there = await wire.call('/digest', { feed }, context, isVersions)
    return profile.defect === 'digest-always-same' || here.join() === there.join()
  },
})

/** What a defective adapter makes of a request: an id that is put into a path loses what looks like a query. */
function asSent(request: PushRequest, { defect }: Profile): PushRequest {
  if (defect !== 'id-as-path') return request
  const operations = request.operations.map((one) => ({ ...one, id: one.id.split(/[?#]/)[0] ?? '' }))
  return { ...request, operations }
}

/** The adapter to {@link modelServer}: correct but for the defect of the profile. */
export function modelAdapter(
  url: string,
  device: Device,
  profile: Profile,
): RemoteAdapter & Partial<LiveRemote & QueryableRemote & DigestRemote> {
  const wire = new ModelWire(url, device, profile)
  return {
    name: 'model',
    capabilities: declared(profile),
    ...(profile.capabilities.live === 'none' ? {} : liveOf(wire, profile)),
    ...(profile.capabilities.revisions === 'none' ? {} : digestOf(wire, profile)),
    ...(profile.capabilities.operators.length === 0 ? {} : queriesOf(wire, profile)),
    async pull(request, context) {
      try {
        return asReceived(await wire.call('/pull', request, context, isPage), request, profile)
      } catch (error) {
        return pulled(error, profile)
      }
    },
    async push(request, context) {
      try {
        const verdicts = await wire.call('/push', asSent(request, profile), context, isVerdicts)
        return profile.defect === 'verdicts-reversed' ? verdicts.toReversed() : verdicts
      } catch (error) {
        return pushed(error, request, profile)
      }
    },
  }
}
