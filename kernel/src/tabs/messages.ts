import type { Env } from '../env/env.ts'
import { defined, type JsonObject } from '../env/json.ts'
import { isObject } from '../model/value.ts'

/** What tabs say to each other. It may be lost, doubled, late or made up: nothing but time hangs on it. */
export interface Message {
  /** The session that says it: a sign of life. */
  readonly from: string
  /** On which rung the sender leads; absent: it does not. */
  readonly rung?: number | undefined
  /** `life`: whoever is there, say so. `pull`: and if you lead, pull now. */
  readonly asks?: 'life' | 'pull' | undefined
}

/** A channel of messages between the tabs of one namespace; `undefined` where the platform has none. */
export function messagesOf(
  { broadcast }: Env,
  place: string,
  hear: (message: Message) => void,
): { post(message: Message): void; close(): void } | undefined {
  const channel = broadcast?.(`${place}/tabs`, (given) => {
    const { from, rung, asks } = isObject(given) ? (given as JsonObject) : {}
    if (typeof from !== 'string') return
    hear({ from, rung: Number(rung) >= 0 ? Number(rung) : undefined, asks: asks as Message['asks'] })
  })
  return channel && { post: (message) => channel.post(defined({ ...message })), close: () => channel.close() }
}
