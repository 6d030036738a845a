/** What PostgREST answers in the place of rows: status, its own or PostgreSQL's code, and words. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string
  readonly details: string | null
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    code: string,
    message: string,
    details: string | null = null,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message)
    this.status = status
    this.code = code
    this.details = details
    this.headers = headers
  }

  response(status: number = this.status): Response {
    const { code, message, details, headers } = this
    return Response.json({ code, details, hint: null, message }, { status, headers })
  }
}

export const forbidden = (message: string): Refusal => new Refusal(403, '42501', message)
export const badText = (type: string, value: unknown): Refusal =>
  new Refusal(400, '22P02', `invalid input syntax for type ${type}: ${JSON.stringify(value)}`)
export const unparsed = (what: string, text: string): Refusal =>
  new Refusal(400, 'PGRST100', `"failed to parse ${what} (${text})" (line 1, column 1)`)
/** For what PostgREST knows, and this double does not. */
export const unknownHere = (what: string): Refusal => new Refusal(501, 'double', `this double knows no ${what}`)
export const outOfRange = (details: string, headers: Readonly<Record<string, string>> = {}): Refusal =>
  new Refusal(416, 'PGRST103', 'Requested range not satisfiable', details, headers)
