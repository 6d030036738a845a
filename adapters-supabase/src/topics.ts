import type { Channel, Client } from './client.ts'

/** What a member of a topic is told. */
export interface Member {
  heard(): void
  status(status: string, words: string): void
}

/** The one channel of a topic. */
interface Shared {
  readonly members: Set<Member>
  channel: Channel | undefined
  isUp: boolean
}

// By client, not by adapter: it is the client that gives everybody who asks for one topic the same channel, and that
// channel calls back only who joined it first.
const known = new WeakMap<Client, Map<string, Shared>>()
/** Channels on their way out, by topic: the client would hand out one of them again. */
const leaving = new WeakMap<Client, Map<string, Promise<unknown>>>()

function of<V>(maps: WeakMap<Client, Map<string, V>>, client: Client): Map<string, V> {
  const map = maps.get(client) ?? new Map<string, V>()
  maps.set(client, map)
  return map
}

function leave(client: Client, topic: string, shared: Shared): void {
  const topics = of(known, client)
  if (topics.get(topic) === shared) topics.delete(topic)
  const { channel } = shared
  shared.channel = undefined
  if (channel === undefined) return
  const out = of(leaving, client)
  // Nobody is left to be told of a leave that fails; the server forgets the channel with its socket.
  const gone = Promise.resolve(client.removeChannel(channel)).then(
    () => undefined,
    () => undefined,
  )
  out.set(topic, gone)
  void gone.then(() => out.get(topic) === gone && out.delete(topic))
}

async function open(client: Client, topic: string, shared: Shared): Promise<void> {
  await of(leaving, client).get(topic)
  // A private topic is refused to a join that went out before the client had put the token on its socket.
  await client.realtime.setAuth()
  if (shared.members.size === 0) return
  const channel = client.channel(topic, { config: { private: true } })
  shared.channel = channel
  channel
    .on('broadcast', { event: '*' }, () => {
      for (const member of shared.members) member.heard()
    })
    .subscribe((status, error) => {
      shared.isUp = status === 'SUBSCRIBED'
      for (const member of [...shared.members]) member.status(status, error?.message ?? '')
      if (!shared.isUp) leave(client, topic, shared)
    })
}

/** Joins the private broadcast topic: one channel for all who join it by one client. The result leaves it. */
export function joinTopic(client: Client, topic: string, member: Member): () => void {
  const topics = of(known, client)
  const shared = topics.get(topic) ?? { members: new Set(), channel: undefined, isUp: false }
  shared.members.add(member)
  if (shared.isUp) member.status('SUBSCRIBED', '')
  if (topics.get(topic) !== shared) {
    topics.set(topic, shared)
    const failed = (thrown: unknown): void => {
      for (const one of [...shared.members]) one.status('CHANNEL_ERROR', thrown instanceof Error ? thrown.name : '')
      leave(client, topic, shared)
    }
    open(client, topic, shared).catch(failed)
  }
  return () => {
    shared.members.delete(member)
    if (shared.members.size === 0) leave(client, topic, shared)
  }
}
