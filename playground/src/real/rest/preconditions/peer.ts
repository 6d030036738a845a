import { timeoutMs } from '../served.ts'

/** One of the servers that are asked the same. */
export interface Peer {
  /** The list of a collection, absolute. */
  readonly list: string
  /** An item of it. */
  item(id: string): string
  readonly token: string
}

/**
 * One request, to any of them. In its headers stands `{newest}` for the `ETag` that came last with the item, `{oldest}` for
 * the first one, `{bare}` for the newest without quotes, `{list}` for the last one of the list.
 */
export interface Ask {
  readonly method: 'GET' | 'PUT' | 'DELETE'
  readonly of: 'item' | 'list'
  readonly headers: Readonly<Record<string, string>>
  /** Of the record to write. */
  readonly title?: string
  /** Default: the peer's. */
  readonly token?: string
}

/** The tags of one case so far, oldest first. */
type Tags = Readonly<Record<Ask['of'], string[]>>

const filled = (text: string, { item, list }: Tags): string => {
  const newest = item.at(-1) ?? ''
  const known = { newest, oldest: item[0] ?? '', bare: newest.replaceAll('"', ''), list: list.at(-1) ?? '' }
  return Object.entries(known).reduce((all, [name, tag]) => all.replaceAll(`{${name}}`, tag), text)
}

async function sent(peer: Peer, id: string, ask: Ask, tags: Tags): Promise<Response> {
  const { method, of, headers, title, token = peer.token } = ask
  const own = Object.entries(headers).map(([name, value]) => [name, filled(value, tags)])
  const json: Readonly<Record<string, string>> = title === undefined ? {} : { 'content-type': 'application/json' }
  return fetch(of === 'list' ? peer.list : peer.item(id), {
    method,
    headers: { authorization: `Bearer ${token}`, ...json, ...Object.fromEntries(own) },
    ...(title === undefined ? {} : { body: JSON.stringify({ id, title }) }),
    signal: AbortSignal.timeout(timeoutMs),
  })
}

// Which of these a success or an absence is, is the server's own affair.
const sameStatus: { readonly [status: number]: number } = { 204: 200, 410: 404 }

function tagWord(tag: string | null, known: readonly string[]): readonly string[] {
  if (tag === null) return []
  if (tag === known.at(-1)) return ['newest']
  return [known.includes(tag) ? 'old' : 'new']
}

/** The title of an answer that shows a record. */
async function titleWord(answer: Response, { method, of }: Ask): Promise<readonly string[]> {
  const text = await answer.text()
  if (method !== 'GET' || of === 'list' || answer.status !== 200) return []
  return [(JSON.parse(text) as { readonly title: string }).title]
}

async function answerTo(peer: Peer, id: string, ask: Ask, tags: Tags): Promise<string> {
  const answer = await sent(peer, id, ask, tags)
  const { status, headers } = answer
  const known = tags[ask.of]
  // There is nothing left that the tag of a deletion could name.
  const tag = ask.method === 'DELETE' ? null : headers.get('etag')
  const words = [sameStatus[status] ?? status, ...tagWord(tag, known), ...(await titleWord(answer, ask))]
  if (tag !== null && tag !== known.at(-1)) known.push(tag)
  return words.join(' ')
}

/**
 * What a server answers to these requests, in their order, about an item that nobody has used: of each answer the status,
 * whether an `ETag` came and changed, and the title it shows. @throws Error where no answer comes in time
 */
export async function conversation(peer: Peer, asks: readonly Ask[]): Promise<string> {
  const tags: Tags = { item: [], list: [] }
  const id = crypto.randomUUID()
  const answers: string[] = []
  for (const ask of asks) answers.push(await answerTo(peer, id, ask, tags))
  return answers.join(' | ')
}
