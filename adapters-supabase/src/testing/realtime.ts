import type { Json, JsonObject } from '@rowkeep/kernel'
import type { DoubleSocket } from '@rowkeep/kernel/testing'
import { isObject } from '../json.ts'

/** A frame of Phoenix, serializer version 2: `[join_ref, ref, topic, event, payload]`. */
type Frame = readonly [joinRef: string | null, ref: string | null, topic: string, event: string, payload: Json]

/** What a channel asked to be told of. */
interface Wish {
  readonly id: number
  readonly schema: Json
  readonly table: Json
  readonly event: Json
}

/** A channel that was joined. */
interface Joined {
  readonly socket: DoubleSocket
  readonly topic: string
  readonly joinRef: string | null
  readonly wishes: readonly Wish[]
  user: string | undefined
}

/** What {@link realtime} asks of what stands behind it. */
export interface RealtimeRules {
  readonly key: string
  userOf(token: string): string | undefined
  /** Whether a user may join a private topic. */
  mayJoin(topic: string, user: string | undefined): Promise<boolean>
  /** Whether a table is in the publication. */
  isPublished(table: Json): boolean
}

/** A change of a row, as the publication has it. */
export interface Told {
  readonly table: string
  readonly type: 'INSERT' | 'UPDATE' | 'DELETE'
  readonly record: JsonObject
  readonly old: JsonObject
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  /** Who may see the row; `undefined`: everybody, as with deletions, which no policy filters. */
  readonly owner: string | undefined
}

const send = (socket: DoubleSocket, frame: Frame): void => socket.send(JSON.stringify(frame))

const textIn = (value: Json | undefined, field: string): string => {
  const found = isObject(value) ? value[field] : undefined
  return typeof found === 'string' ? found : ''
}

let lastWish = 1000

function wishesIn(config: Json | undefined): readonly Wish[] {
  const list = isObject(config) ? config['postgres_changes'] : undefined
  return (Array.isArray(list) ? list : []).filter(isObject).map((wish) => {
    lastWish += 1
    return { schema: wish['schema'] ?? null, table: wish['table'] ?? null, event: wish['event'] ?? null, id: lastWish }
  })
}

/** `undefined`: no such token, and the join is refused. */
function joinerOf(payload: Json, rules: RealtimeRules): { readonly user: string | undefined } | undefined {
  const token = textIn(payload, 'access_token')
  if (token === '' || token === rules.key) return { user: undefined }
  const user = rules.userOf(token)
  return user === undefined ? undefined : { user }
}

const isPrivate = (payload: Json): boolean =>
  isObject(payload) && isObject(payload['config']) && payload['config']['private'] === true

/** The Realtime server: channels over sockets, changes of tables and broadcasts on private topics. */
export class Realtime {
  readonly #rules: RealtimeRules
  readonly #joined = new Set<Joined>()
  readonly #sockets = new Set<DoubleSocket>()

  constructor(rules: RealtimeRules) {
    this.#rules = rules
  }

  accept(socket: DoubleSocket): void {
    const params = socket.url.searchParams
    if (params.get('apikey') !== this.#rules.key || params.get('vsn') !== '2.0.0') return socket.close(1008, 'refused')
    this.#sockets.add(socket)
    socket.onMessage((data) => {
      // A binary frame is a broadcast by a client; nobody here listens to those.
      if (typeof data === 'string') void this.#hear(socket, JSON.parse(data) as Frame)
    })
    socket.onClose(() => {
      this.#sockets.delete(socket)
      this.#leave(socket)
    })
  }

  /** Tells of a change of a row to every channel that asked for it and whose user may see the row. */
  tell({ table, type, record, old, columns, owner }: Told): void {
    for (const { socket, topic, wishes, user } of this.#joined) {
      const ids = wishes
        .filter((wish) => (wish.table === table || wish.table === null) && wish.schema === 'public')
        .filter(({ event }) => event === '*' || event === type)
        .map(({ id }) => id)
      if (ids.length === 0 || (owner !== undefined && owner !== user)) continue
      const commit_timestamp = new Date().toISOString()
      const data = { schema: 'public', table, commit_timestamp, type, columns, record, old_record: old, errors: null }
      send(socket, [null, null, topic, 'postgres_changes', { ids, data: data as unknown as Json }])
    }
  }

  /** Sends a message of the database to every channel of the topic. */
  broadcast(name: string, event: string, payload: Json): void {
    for (const { socket, topic } of this.#joined) {
      if (topic === `realtime:${name}`)
        send(socket, [null, null, topic, 'broadcast', { type: 'broadcast', event, payload }])
    }
  }

  close(): void {
    for (const socket of this.#sockets) socket.close(1001, 'the server stops')
  }

  async #hear(socket: DoubleSocket, frame: Frame): Promise<void> {
    const [joinRef, ref, topic, event, payload] = frame
    const ok = (): void => send(socket, [joinRef, ref, topic, 'phx_reply', { status: 'ok', response: {} }])
    if (event === 'heartbeat') ok()
    if (event === 'phx_join') await this.#join(socket, frame)
    if (event === 'access_token') this.#renew(socket, topic, payload)
    if (event !== 'phx_leave') return
    this.#leave(socket, topic)
    ok()
    send(socket, [joinRef, null, topic, 'phx_close', {}])
  }

  async #join(socket: DoubleSocket, [joinRef, ref, topic, , payload]: Frame): Promise<void> {
    const reply = (status: 'ok' | 'error', response: Json): void =>
      send(socket, [joinRef, ref, topic, 'phx_reply', { status, response }])
    const joiner = joinerOf(payload, this.#rules)
    const name = topic.replace(/^realtime:/, '')
    if (!joiner) return reply('error', { reason: 'InvalidJWTToken: Fields `role` and `exp` are required in JWT' })
    if (isPrivate(payload) && !(await this.#rules.mayJoin(name, joiner.user))) {
      const reason = `Unauthorized: You do not have permissions to read from this Channel topic: ${name}`
      return reply('error', { reason })
    }
    const wishes = wishesIn(isObject(payload) ? payload['config'] : undefined)
    this.#leave(socket, topic)
    if (this.#sockets.has(socket)) this.#joined.add({ socket, topic, joinRef, wishes, user: joiner.user })
    reply('ok', { postgres_changes: wishes.map((wish) => ({ ...wish })) })
    if (wishes.length === 0) return
    const fits = wishes.every(({ table }) => this.#rules.isPublished(table))
    const message = fits ? 'Subscribed to PostgreSQL' : 'Unable to subscribe to changes with given parameters'
    const status = fits ? 'ok' : 'error'
    send(socket, [null, null, topic, 'system', { channel: name, extension: 'postgres_changes', message, status }])
  }

  #renew(socket: DoubleSocket, topic: string, payload: Json): void {
    const user = this.#rules.userOf(textIn(payload, 'access_token'))
    for (const one of this.#joined) if (one.socket === socket && one.topic === topic) one.user = user
  }

  #leave(socket: DoubleSocket, topic?: string): void {
    for (const one of this.#joined) {
      if (one.socket === socket && (topic === undefined || one.topic === topic)) this.#joined.delete(one)
    }
  }
}
