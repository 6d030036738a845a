import { type Attributes, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'
import type { SharedPlugin } from '../client/options.ts'
import { invalidConfig } from '../errors/sync-error.ts'
import { checkOptions } from '../middleware/options.ts'
import { errorWord, safePath } from '../middleware/safe-text.ts'

/** Who makes the spans of {@link tracing}. */
export interface TracingOptions {
  /** Default: that of `@rowkeep/kernel` from the global provider. */
  readonly tracer?: Tracer
}

/** Marks a span as failed by one word; messages and stacks may quote values, so they stay out. */
function fail(span: Span, type: string): void {
  span.setAttribute('error.type', type)
  span.setStatus({ code: SpanStatusCode.ERROR, message: type })
}

const portOf = ({ port, protocol }: URL): number => Number(port) || (protocol === 'http:' ? 80 : 443)

function requestAttributes({ method, url }: Request): Attributes {
  const target = new URL(url)
  return {
    'http.request.method': method,
    'server.address': target.hostname,
    'server.port': portOf(target),
    'url.scheme': target.protocol.slice(0, -1),
    'url.path': safePath(url),
  }
}

/** Runs an operation in a span of its own, which ends with it. */
const spansOf =
  (tracer: Tracer) =>
  <R>(
    name: string,
    kind: SpanKind,
    attributes: Attributes,
    next: () => Promise<R>,
    tell: (span: Span, answer: R) => void,
  ): Promise<R> =>
    tracer.startActiveSpan(name, { kind, attributes }, async (span) => {
      try {
        const answer = await next()
        tell(span, answer)
        return answer
      } catch (error) {
        const type = errorWord(error)
        span.recordException({ name: type, message: type })
        fail(span, type)
        throw error
      } finally {
        span.end()
      }
    })

/**
 * Spans by OpenTelemetry for every pull, push and request, with the attributes of its semantic conventions for HTTP clients
 * (1.23 and later) and counts of its own under `rowkeep.`. No span holds a value of a record, an id, a header, a query, or the
 * message of an error; in `url.path` a segment that is no plain word is `*`. Needs `@opentelemetry/api`.
 *
 * @example use: [tracing()]
 * @throws SyncError `SYNC_CONFIG_INVALID`
 */
export function tracing(options: TracingOptions = {}): SharedPlugin {
  checkOptions('tracing', options, ['tracer'])
  const { tracer = trace.getTracer('@rowkeep/kernel') } = options
  if (typeof tracer?.startActiveSpan !== 'function')
    throw invalidConfig('tracing(): tracer must be one of OpenTelemetry')
  const spanned = spansOf(tracer)
  return {
    name: 'tracing',
    middleware: {
      pull: ({ collections }, next) =>
        spanned('rowkeep pull', SpanKind.INTERNAL, { 'rowkeep.collections': [...collections] }, next, (span, page) => {
          span.setAttribute('rowkeep.page', page.kind)
          if (page.kind !== 'expired') span.setAttribute('rowkeep.changes', page.changes.length)
        }),
      push: ({ operations }, next) => {
        const attributes = { 'rowkeep.operations': operations.length }
        return spanned('rowkeep push', SpanKind.INTERNAL, attributes, next, (span, verdicts) => {
          for (const kind of ['applied', 'conflict', 'rejected', 'retry']) {
            const count = verdicts.filter((verdict) => verdict.kind === kind).length
            span.setAttribute(`rowkeep.${kind}`, count)
          }
        })
      },
      request: (request, next) =>
        spanned(request.method, SpanKind.CLIENT, requestAttributes(request), next, (span, { status }) => {
          span.setAttribute('http.response.status_code', status)
          if (status >= 400) fail(span, String(status))
        }),
    },
  }
}
