import type { LiveEvent, LiveRemote, RemoteAdapter } from '@rowkeep/kernel'
import type { DoubleSocket } from '@rowkeep/kernel/testing'
import type { WorldBackend } from './backends.ts'
import type { Carrier, Channels } from './channel.ts'

const nothing = ' '.repeat(1_000_000)

/** A socket whose messages to the device go through the fault. */
export function spoken(socket: DoubleSocket, { tells, cutFrame }: WorldBackend, channels: Channels): DoubleSocket {
  const over = channels.opened(() => socket.close(1001, 'going away'))
  socket.onClose(over)
  const carrier: Carrier<string> = {
    deliver: (frame) => socket.send(frame),
    parts: cutFrame,
    padded: (frame) => frame + nothing,
    close: () => socket.close(1001, 'going away'),
  }
  return {
    url: socket.url,
    protocols: socket.protocols,
    onMessage: (listener) => socket.onMessage(listener),
    onClose: (listener) => socket.onClose(listener),
    close: (code, reason) => socket.close(code, reason),
    send: (data) => {
      if (typeof data === 'string') channels.pass(data, tells(data), carrier)
      else socket.send(data)
    },
  }
}

/** An answer that does not end, its messages going through the fault. */
export function listened(response: Response, { tells, cutFrame }: WorldBackend, channels: Channels): Response {
  const reader = response.body?.getReader()
  if (!reader) return response
  const decoder = new TextDecoder()
  const encoder = new TextEncoder()
  let over = (): void => {}
  const start = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    const close = (): void => {
      over()
      controller.error(new TypeError('terminated'))
      void reader.cancel().catch(() => {})
    }
    over = channels.opened(close)
    const deliver = (frame: string): void => controller.enqueue(encoder.encode(frame))
    const carrier: Carrier<string> = { deliver, parts: cutFrame, padded: (frame) => `:${nothing}\n\n${frame}`, close }
    const read = async (): Promise<void> => {
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        const text = decoder.decode(part.value, { stream: true })
        channels.pass(text, tells(text), carrier)
      }
      over()
      controller.close()
    }
    // A stream that was broken here, or given up by the device, has nothing more to say.
    read().catch(() => {})
  }
  const body = new ReadableStream<Uint8Array>({
    start,
    cancel: async () => {
      over()
      await reader.cancel()
    },
  })
  return new Response(body, { status: response.status, headers: response.headers })
}

/**
 * The adapter, with what it tells going through the fault: for a channel whose wire numbers and counts its messages, so that
 * none of these faults can happen to it below the vendor's client.
 */
export function toldThrough(remote: RemoteAdapter, channels: Channels): RemoteAdapter {
  const subscribe: LiveRemote['subscribe'] = (feed, listener, context) => {
    const carrier: Carrier<LiveEvent> = {
      deliver: listener,
      parts: (event) =>
        event.kind === 'data' ? event.changes.map((change) => ({ kind: 'data', changes: [change] })) : [event],
      padded: (event) => event,
      close: () => listener({ kind: 'down', error: { code: 'SYNC_NETWORK' } }),
    }
    const pass = (event: LiveEvent): void => channels.pass(event, event.kind === 'data', carrier)
    return (remote as RemoteAdapter & LiveRemote).subscribe(feed, pass, context)
  }
  return { ...remote, subscribe } as RemoteAdapter
}
