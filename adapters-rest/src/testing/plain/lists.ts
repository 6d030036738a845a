import type { ModelRow } from '@rowkeep/kernel/testing'
import { bare, json, problem } from './answers.ts'
import { ifNoneMatchHolds } from './preconditions.ts'
import { inOrder, wireRow } from './rows.ts'
import type { Settings } from './settings.ts'

const mostRows = 1000
const known = ['updated_since', 'after', 'limit']

type Place = readonly [at: number, id: string]

function placeOf(token: string): Place | undefined {
  try {
    const parts: unknown = JSON.parse(atob(token))
    if (!Array.isArray(parts)) return undefined
    const [at, id]: readonly unknown[] = parts
    return typeof at === 'number' && typeof id === 'string' ? [at, decodeURIComponent(id)] : undefined
  } catch {
    return undefined
  }
}

const tokenAfter = ({ at, id }: ModelRow): string => btoa(JSON.stringify([at, encodeURIComponent(id)]))

const isAfter = (row: ModelRow, [at, id]: Place): boolean => row.at > at || (row.at === at && row.id > id)

/** What is asked for, or why it is refused. */
function askedBy(query: URLSearchParams): { since: number; after: Place; limit: number } | string {
  const stranger = [...query.keys()].find((name) => !known.includes(name))
  if (stranger !== undefined) return `unknown parameter ${stranger}`
  const since = Date.parse(query.get('updated_since') ?? new Date(0).toISOString())
  if (Number.isNaN(since)) return 'updated_since is no date'
  const limit = Number(query.get('limit') ?? mostRows)
  if (!Number.isInteger(limit) || limit < 1 || limit > mostRows) return `limit must be 1 to ${mostRows}`
  const token = query.get('after')
  const after = token === null ? ([0, ''] as const) : placeOf(token)
  return after === undefined ? 'after is no token of this list' : { since, after, limit }
}

/** A page of what changed at a time or later; without a time, of what stands. */
function changes(rows: readonly ModelRow[], query: URLSearchParams, settings: Settings): Response {
  const asked = askedBy(query)
  if (typeof asked === 'string') return problem(400, asked)
  const rest = rows
    .filter((row) => row.fields !== null || query.has('updated_since'))
    .filter((row) => row.at >= asked.since && isAfter(row, asked.after))
    .sort(inOrder)
  const page = rest.slice(0, asked.limit)
  const last = page.at(-1)
  const next = last !== undefined && rest.length > page.length ? tokenAfter(last) : null
  return json(200, { items: page.map((row) => wireRow(row, settings)), next })
}

/** FNV-1a of 32 bits, forwards and backwards: enough to tell two lists of one test apart. */
function digest(text: string): string {
  let [forwards, backwards] = [0x811c9dc5, 0x811c9dc5]
  for (let at = 0; at < text.length; at += 1) {
    forwards = Math.imul(forwards ^ text.charCodeAt(at), 0x01000193) >>> 0
    backwards = Math.imul(backwards ^ text.charCodeAt(text.length - 1 - at), 0x01000193) >>> 0
  }
  return `${forwards.toString(36)}${backwards.toString(36)}`
}

function whole(rows: readonly ModelRow[], request: Request, settings: Settings): Response {
  const standing = rows.filter(({ fields }) => fields !== null).sort(inOrder)
  const body = standing.map((row) => wireRow(row, settings))
  const etag = `W/"${digest(JSON.stringify(standing))}"`
  const known = request.headers.get('if-none-match')
  if (known !== null && !ifNoneMatchHolds(known, etag, true)) return bare(304, { etag })
  return json(200, body, { etag })
}

/** Answers a request for a list of these rows. */
export function listAnswer(rows: readonly ModelRow[], request: Request, settings: Settings): Response {
  const { searchParams } = new URL(request.url)
  if (request.method !== 'GET') return problem(405, 'a list can only be read', { allow: 'GET' })
  if (settings.feed === 'changes') return changes(rows, searchParams, settings)
  if (searchParams.size > 0) return problem(400, 'this list has no parameters')
  return whole(rows, request, settings)
}
