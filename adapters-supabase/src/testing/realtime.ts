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
  mayJoin(topic: string, user: string | undefined): boolean
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

/** The Realtime server: channels over sockets, changes of tables and broadcasts on private topics. */
export interface Realtime {
  accept(socket: DoubleSocket): void
  tell(change: Told): void
  broadcast(topic: string, event: string, payload: Json): void
  close(): void
}

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

/** A Realtime server without channels yet. */
export function realtime(rules: RealtimeRules): Realtime {
  const joined = new Set<Joined>()
  const sockets = new Set<DoubleSocket>()
  const send = (socket: DoubleSocket, frame: Frame): void => socket.send(JSON.stringify(frame))
  const leave = (socket: DoubleSocket, topic?: string): void => {
    for (const one of joined) {
      if (one.socket === socket && (topic === undefined || one.topic === topic)) joined.delete(one)
    }
  }
  const join = (socket: DoubleSocket, [joinRef, ref, topic, , payload]: Frame): void => {
    const reply = (status: 'ok' | 'error', response: Json): void =>
      send(socket, [joinRef, ref, topic, 'phx_reply', { status, response }])
    const joiner = joinerOf(payload, rules)
    const name = topic.replace(/^realtime:/, '')
    if (!joiner) return reply('error', { reason: 'InvalidJWTToken: Fields `role` and `exp` are required in JWT' })
    if (isPrivate(payload) && !rules.mayJoin(name, joiner.user)) {
      const reason = `Unauthorized: You do not have permissions to read from this Channel topic: ${name}`
      return reply('error', { reason })
    }
    const wishes = wishesIn(isObject(payload) ? payload['config'] : undefined)
    leave(socket, topic)
    joined.add({ socket, topic, joinRef, wishes, user: joiner.user })
    reply('ok', { postgres_changes: wishes.map((wish) => ({ ...wish })) })
    if (wishes.length === 0) return
    const message = 'Subscribed to PostgreSQL'
    send(socket, [null, null, topic, 'system', { channel: name, extension: 'postgres_changes', message, status: 'ok' }])
  }
  const renew = (socket: DoubleSocket, topic: string, payload: Json): void => {
    const user = rules.userOf(textIn(payload, 'access_token'))
    for (const one of joined) if (one.socket === socket && one.topic === topic) one.user = user
  }
  const hear = (socket: DoubleSocket, frame: Frame): void => {
    const [joinRef, ref, topic, event, payload] = frame
    const ok = (): void => send(socket, [joinRef, ref, topic, 'phx_reply', { status: 'ok', response: {} }])
    if (event === 'heartbeat') ok()
    if (event === 'phx_join') join(socket, frame)
    if (event === 'access_token') renew(socket, topic, payload)
    if (event !== 'phx_leave') return
    leave(socket, topic)
    ok()
    send(socket, [joinRef, null, topic, 'phx_close', {}])
  }
  return {
    accept(socket) {
      const params = socket.url.searchParams
      if (params.get('apikey') !== rules.key || params.get('vsn') !== '2.0.0') return socket.close(1008, 'refused')
      sockets.add(socket)
      socket.onMessage((data) => {
        // A binary frame is a broadcast by a client; nobody here listens to those.
        if (typeof data === 'string') hear(socket, JSON.parse(data) as Frame)
      })
      socket.onClose(() => {
        sockets.delete(socket)
        leave(socket)
      })
    },
    tell({ table, type, record, old, columns, owner }) {
      for (const { socket, topic, wishes, user } of joined) {
        const ids = wishes
          .filter((wish) => (wish.table === table || wish.table === null) && wish.schema === 'public')
          .filter(({ event }) => event === '*' || event === type)
          .map(({ id }) => id)
        if (ids.length === 0 || (owner !== undefined && owner !== user)) continue
        const when = new Date().toISOString()
        const change = {
          schema: 'public',
          table,
          commit_timestamp: when,
          type,
          columns,
          record,
          old_record: old,
          errors: null,
        }
        send(socket, [null, null, topic, 'postgres_changes', { ids, data: change as unknown as Json }])
      }
    },
    broadcast(topic, event, payload) {
      for (const one of joined) {
        if (one.topic !== `realtime:${topic}`) continue
        send(one.socket, [null, null, one.topic, 'broadcast', { type: 'broadcast', event, payload }])
      }
    },
    close() {
      for (const socket of sockets) socket.close(1001, 'the server stops')
    },
  }
}
