import { type Span, SpanStatusCode } from '@opentelemetry/api'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { describe, expect, it } from 'vitest'
import { SyncError } from '../src/index.ts'
import { tracing } from '../src/tracing/index.ts'
import { device } from './support/device.ts'
import { TestServer } from './support/server.ts'
import { token, wireTo } from './support/wire.ts'

function traced(answer?: Parameters<typeof wireTo>[1]) {
  const exporter = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  const server = new TestServer()
  const { env, remote } = wireTo(server, answer)
  const made = device(server, { env, remote, use: [tracing({ tracer: provider.getTracer('test') })] })
  const spans = () => exporter.getFinishedSpans().map(({ name, attributes, status }) => ({ name, attributes, status }))
  return { ...made, server, exporter, spans }
}

const ok = { code: SpanStatusCode.UNSET }
const secret = 'canary-value-77aa'

describe('tracing', () => {
  it('makes a span of every pull, push and request', async () => {
    const { tasks, sync, spans } = traced()
    await tasks.create({ id: 'a', title: 'x' })
    await sync()
    const request = { 'server.address': 'api.example.com', 'server.port': 443, 'url.scheme': 'https' }
    const answered = { 'http.response.status_code': 204 }
    expect(spans()).toEqual([
      {
        name: 'GET',
        attributes: { ...request, 'http.request.method': 'GET', 'url.path': '/v1/notes/pull', ...answered },
        status: ok,
      },
      {
        name: 'rowkeep pull',
        attributes: { 'rowkeep.collections': ['notes', 'tasks'], 'rowkeep.page': 'snapshot', 'rowkeep.changes': 0 },
        status: ok,
      },
      {
        name: 'POST',
        attributes: { ...request, 'http.request.method': 'POST', 'url.path': '/push/*', ...answered },
        status: ok,
      },
      {
        name: 'rowkeep push',
        attributes: {
          'rowkeep.operations': 1,
          'rowkeep.applied': 1,
          'rowkeep.conflict': 0,
          'rowkeep.rejected': 0,
          'rowkeep.retry': 0,
        },
        status: ok,
      },
    ])
  })

  it('marks answers that are errors, by their status', async () => {
    const { sync, spans } = traced(() => new Response(null, { status: 503 }))
    await sync()
    expect(spans()[0]).toMatchObject({
      attributes: { 'http.response.status_code': 503, 'error.type': '503' },
      status: { code: SpanStatusCode.ERROR, message: '503' },
    })
  })

  it('records what is thrown by its code, and passes it on', async () => {
    const { server, sync, exporter } = traced(() => {
      throw new SyncError('SYNC_NETWORK', { message: token })
    })
    await expect(sync()).rejects.toMatchObject({ code: 'SYNC_NETWORK' })
    expect(server.calls).toEqual([])
    const [request, pull] = exporter.getFinishedSpans()
    for (const span of [request, pull]) {
      expect(span?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'SYNC_NETWORK' })
      expect(span?.events).toMatchObject([
        { name: 'exception', attributes: { 'exception.type': 'SYNC_NETWORK', 'exception.message': 'SYNC_NETWORK' } },
      ])
    }
  })

  it('never holds a token, an id or a value of a record [F113]', async () => {
    const { server, tasks, sync, exporter } = traced()
    server.write('tasks', 'seen', { id: 'seen', title: secret })
    await tasks.create({ id: secret, title: secret, tags: [secret] })
    await tasks.create({ id: 'f', title: secret, forbidden: true })
    await sync()
    server.beforePush = () => {
      throw new Error(`${token} ${secret}`)
    }
    await tasks.update(secret, { title: `${secret}2` })
    await sync().catch(() => {})
    const spans = exporter.getFinishedSpans()
    expect(spans.length).toBeGreaterThan(5)
    for (const { name, attributes, events, status } of spans) {
      const text = JSON.stringify([name, attributes, events, status])
      expect(text).not.toContain(token)
      expect(text).not.toContain(secret)
    }
  })

  it('puts requests under the pull or push they belong to, where the app has a context manager', async () => {
    const parents: (string | undefined)[] = []
    const open: Span[] = []
    // A context manager in small: calls of one cycle never overlap.
    const tracer = {
      startActiveSpan: async (name: string, _: object, run: (span: Span) => Promise<unknown>) => {
        parents.push(`${name} < ${open.length}`)
        const span = { setAttribute: () => span, setStatus: () => span, end: () => {} } as unknown as Span
        open.push(span)
        try {
          return await run(span)
        } finally {
          open.pop()
        }
      },
    }
    const server = new TestServer()
    const { env, remote } = wireTo(server)
    await device(server, { env, remote, use: [tracing({ tracer: tracer as never })] }).sync()
    expect(parents).toEqual(['rowkeep pull < 0', 'GET < 1'])
  })

  it('does nothing noticeable without a provider', async () => {
    const server = new TestServer()
    const { tasks, sync } = device(server, { use: [tracing()] })
    await tasks.create({ id: 'a', title: 'x' })
    await sync()
    expect(server.record('tasks', 'a')).toBeTruthy()
  })

  it.each([
    [null, 'takes an object'],
    [{ provider: {} }, 'has no "provider"'],
    [{ tracer: {} }, 'tracer'],
    [{ tracer: null }, 'tracer'],
  ])('refuses %o', (options, why) => {
    expect(() => tracing(options as never)).toThrow(why)
    expect(() => tracing(options as never)).toThrow('[SYNC_CONFIG_INVALID]')
  })
})
