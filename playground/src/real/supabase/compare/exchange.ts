import { isDeepStrictEqual } from 'node:util'
import type { Json, JsonObject } from '@rowkeep/kernel'
import { key } from '../lite/users.ts'
import type { World } from './world.ts'

/** A request and its answer, in words that both backends share. */
export interface Exchange {
  readonly asked: string
  readonly answer: Answer
}

/** What of an answer matters to a client. */
export interface Answer {
  readonly status: number
  readonly contentRange: string | null
  /** Rows, or `code` and `message` of a refusal; text that is no JSON as it is. */
  readonly body: Json
}

const usual = ['*/*', 'application/json', key, 'Bearer token-of-ada']

/** The headers that decide about an answer, as far as they are not the usual ones. */
function headersOf({ headers }: Request): readonly string[] {
  const words = ['prefer', 'accept', 'apikey', 'authorization'].map((name) => headers.get(name) ?? '')
  return words.filter((word) => !usual.includes(word))
}

async function askedOf(request: Request, { plain }: World): Promise<string> {
  const { pathname, searchParams } = new URL(request.url)
  const query = [...searchParams].map(([name, value]) => `${name}=${value}`).join('&')
  const body = await request.text()
  const words = [request.method, `${pathname.replace('/rest/v1/', '')}?${query}`, body, ...headersOf(request)]
  return plain(words.filter((word) => word !== '').join(' '))
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}

const byText = (a: Json, b: Json): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)

/** Columns by name, because their order means nothing; rows too, where none was asked for. */
function sorted(body: Json, isOrdered: boolean): Json {
  if (Array.isArray(body)) {
    const rows = body.map((row: Json) => sorted(row, isOrdered))
    return isOrdered ? rows : rows.sort(byText)
  }
  if (typeof body !== 'object' || body === null) return body
  return Object.fromEntries(Object.entries(body as JsonObject).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Of a refusal its code and its words; what else it has is advice for people. */
function essence(body: Json, status: number): Json {
  if (status < 400 || typeof body !== 'object' || body === null || Array.isArray(body)) return body
  const { code = null, message = null } = body as JsonObject
  return { code, message }
}

async function answerOf(response: Response, isOrdered: boolean, { plain }: World): Promise<Answer> {
  const body = parsed(plain(await response.text()))
  return {
    status: response.status,
    contentRange: response.headers.get('content-range'),
    body: essence(sorted(body, isOrdered), response.status),
  }
}

/** The world's `fetch`, which writes down what passes. */
export function recorded(world: World, exchanges: Exchange[]): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    const asked = await askedOf(request.clone(), world)
    const response = await world.backend.fetch(request)
    const isOrdered = new URL(request.url).searchParams.has('order')
    exchanges.push({ asked, answer: await answerOf(response.clone(), isOrdered, world) })
    return response
  }
}

/** Whether a client can tell the answers apart. The words of a refusal may differ; its code may not. */
export function isSame(ours: Answer, theirs: Answer): boolean {
  const bare = ({ body, ...rest }: Answer): object =>
    rest.status < 400 || typeof body !== 'object' || body === null
      ? { ...rest, body }
      : { ...rest, code: (body as JsonObject)['code'] }
  return isDeepStrictEqual(bare(ours), bare(theirs))
}
