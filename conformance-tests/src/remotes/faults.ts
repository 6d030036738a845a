import type { JsonObject } from '@rowkeep/kernel'
import type { Answer } from '../network/mounted.ts'

/**
 * What happens to a request on its way, as data. `after: true`: the server has done its work before the answer is replaced.
 *
 * - `drop` the request never arrives · `lost` it arrives, the answer does not · `reset` the answer breaks off in its middle
 * - `silence` nobody ever answers · `twice` it arrives twice, the second answer comes back
 * - `status` a plain answer of this status · `html` a captive portal's 200 · `cut` the answer without its last third
 * - `redirect` to another origin
 */
export type Fault =
  | { readonly kind: 'drop' | 'lost' | 'reset' | 'twice' | 'cut' }
  | { readonly kind: 'silence' | 'html'; readonly after?: boolean }
  | {
      readonly kind: 'status'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      /** Default: a message. */
      readonly body?: JsonObject
      readonly after?: boolean
    }
  | { readonly kind: 'redirect'; readonly to: string }

const html = '<!doctype html><title>Welcome</title><p>Accept the terms to go online.</p>'

const never = (): Promise<undefined> => new Promise(() => {})

async function cut(answer: Response | undefined): Promise<Response | undefined> {
  if (!answer) return undefined
  const text = await answer.text()
  return new Response(text.slice(0, Math.floor((text.length * 2) / 3)), {
    status: answer.status,
    headers: typeOf(answer),
  })
}

async function reset(answer: Response | undefined): Promise<Response | undefined> {
  if (!answer) return undefined
  const bytes = new TextEncoder().encode(await answer.text())
  let sent = false
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent) controller.error(new TypeError('terminated'))
      else controller.enqueue(bytes.slice(0, Math.ceil(bytes.length / 2)))
      sent = true
    },
  })
  return new Response(body, { status: answer.status, headers: typeOf(answer) })
}

const typeOf = (answer: Response): Record<string, string> => ({
  'content-type': answer.headers.get('content-type') ?? 'application/json',
})

async function altered(fault: Fault, request: Request, server: Answer): Promise<Response | undefined> {
  switch (fault.kind) {
    case 'drop':
      return undefined
    case 'lost':
      await server(request)
      return undefined
    case 'reset':
      return reset(await server(request))
    case 'cut':
      return cut(await server(request))
    case 'twice':
      await server(request.clone())
      return server(request)
    case 'silence':
      if (fault.after) await server(request)
      return never()
    case 'html':
      if (fault.after) await server(request)
      return new Response(html, { headers: { 'content-type': 'text/html' } })
    case 'status':
      if (fault.after) await server(request)
      return Response.json(fault.body ?? { message: `answered ${fault.status} on purpose` }, fault)
    case 'redirect':
      // 303, because it is the one that MSW follows for a request with a body.
      return new Response(null, { status: 303, headers: { location: fault.to } })
  }
}

/** A server with the fault in front of it; `undefined`: none. */
export const behind =
  (fault: Fault | undefined, server: Answer): Answer =>
  (request) =>
    fault ? altered(fault, request, server) : server(request)
