import type { Json, JsonObject } from '@rowkeep/kernel'
import type { DoubleSocket } from '@rowkeep/kernel/testing'

/** Takes a socket and says, in the words of its protocol, why it may not listen. */
export type Refuse = (socket: DoubleSocket, status: 401 | 403) => void

const spokenTo = (socket: DoubleSocket, hear: (message: Json) => void): void =>
  socket.onMessage((data) => hear(JSON.parse(typeof data === 'string' ? data : new TextDecoder().decode(data)) as Json))

/** Realtime of Supabase: each join is answered with an error. */
export const refusedJoin: Refuse = (socket, status) =>
  spokenTo(socket, (frame) => {
    const [joinRef = null, ref = null, topic = null, event] = frame as readonly Json[]
    if (event !== 'phx_join') return
    const reason =
      status === 401
        ? 'InvalidJWTToken: Token has expired 60 seconds ago'
        : `Unauthorized: You do not have permissions to read from this Channel topic: ${String(topic)}`
    socket.send(JSON.stringify([joinRef, ref, topic, 'phx_reply', { status: 'error', response: { reason } }]))
  })

/** AppSync: an unknown caller may not connect; a known one may not start. */
export const refusedStart: Refuse = (socket, status) =>
  spokenTo(socket, (message) => {
    const { type, id = null } = message as JsonObject
    const send = (answer: JsonObject): void => socket.send(JSON.stringify(answer))
    const failed = (errorType: string, text: string): JsonObject => ({ errors: [{ errorType, message: text }] })
    if (status === 401 && type === 'connection_init') {
      const payload = failed('UnauthorizedException', 'UnauthorizedException: Token has expired.')
      send({ type: 'connection_error', payload })
      socket.close(1000)
    } else if (type === 'connection_init') {
      send({ type: 'connection_ack', payload: { connectionTimeoutMs: 300_000 } })
    } else if (type === 'start') {
      const payload = failed('Unauthorized', 'Not Authorized to access onCreateNote on type Subscription')
      send({ id, type: 'error', payload })
    }
  })
