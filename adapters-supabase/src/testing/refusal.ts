/** What PostgREST answers in the place of rows: status, its own or PostgreSQL's code, and words. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string
  readonly details: string | null

  constructor(status: number, code: string, message: string, details: string | null = null) {
    super(message)
    this.status = status
    this.code = code
    this.details = details
  }

  response(status: number = this.status): Response {
    const { code, message, details } = this
    return Response.json({ code, details, hint: null, message }, { status })
  }
}

export const forbidden = (message: string): Refusal => new Refusal(403, '42501', message)
export const badText = (type: string, value: unknown): Refusal =>
  new Refusal(400, '22P02', `invalid input syntax for type ${type}: ${JSON.stringify(value)}`)
export const unparsed = (what: string, text: string): Refusal =>
  new Refusal(400, 'PGRST100', `"failed to parse ${what} (${text})" (line 1, column 1)`)
