import type { Profile } from './profile.ts'

/** The model's live channel: a stream of lines, one JSON event each. */
export interface ModelLive {
  response(): Response
  /** Something changed. */
  tell(): void
  close(): void
}

/** A live channel that says `up` at once and `poke` after each change. */
export function modelLive({ defect }: Profile): ModelLive {
  const open = new Set<ReadableStreamDefaultController<Uint8Array>>()
  const line = (kind: string): Uint8Array => new TextEncoder().encode(`${JSON.stringify({ kind })}\n`)
  return {
    response() {
      let mine: ReadableStreamDefaultController<Uint8Array> | undefined
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          mine = controller
          open.add(controller)
          controller.enqueue(line('up'))
        },
        cancel() {
          if (mine) open.delete(mine)
        },
      })
      return new Response(body, { headers: { 'content-type': 'application/x-ndjson' } })
    },
    tell() {
      if (defect !== 'poke-lost') for (const controller of open) controller.enqueue(line('poke'))
    },
    close() {
      for (const controller of open) controller.close()
      open.clear()
    },
  }
}
