/** A JSON answer. */
export const json = (status: number, body: object, headers: Readonly<Record<string, string>> = {}): Response =>
  Response.json(body, { status, headers })

/** A refusal, as problem details (RFC 9457). */
export const problem = (status: number, title: string, headers: Readonly<Record<string, string>> = {}): Response =>
  json(status, { title, status }, { ...headers, 'content-type': 'application/problem+json' })

/** An answer without a body. */
export const bare = (status: 201 | 204 | 304, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(null, { status, headers })
