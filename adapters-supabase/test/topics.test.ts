import { expect, it } from 'vitest'
import type { Channel, Client } from '../src/client.ts'
import { joinTopic } from '../src/topics.ts'

/** A client that writes down what is asked of it; channels come up, and go, when the test says so. */
function fakeClient() {
  const log: string[] = []
  const joined: ((status: string) => void)[] = []
  const removed: (() => void)[] = []
  const channel: Channel = {
    on: () => channel,
    subscribe: (told) => {
      joined.push(told)
      return channel
    },
  }
  const client = {
    realtime: { endpointURL: () => '', setAuth: async () => void log.push('setAuth') },
    channel: () => {
      log.push('channel')
      return channel
    },
    removeChannel: () =>
      new Promise<void>((resolve) => {
        log.push('remove')
        removed.push(resolve)
      }),
  } as unknown as Client
  return { client, log, joined, removed }
}

const member = (told: string[]) => ({
  heard: () => void told.push('heard'),
  status: (status: string) => void told.push(status),
})
const settled = () => new Promise((resolve) => setImmediate(resolve))

it('puts the token on the socket before it joins a private topic [F83]', async () => {
  const { client, log } = fakeClient()
  joinTopic(client, 'topic', member([]))
  await settled()
  expect(log).toEqual(['setAuth', 'channel'])
})

it('tells who joins a topic that is up already', async () => {
  const { client, log, joined } = fakeClient()
  joinTopic(client, 'topic', member([]))
  await settled()
  joined[0]?.('SUBSCRIBED')
  const late: string[] = []
  joinTopic(client, 'topic', member(late))
  expect(late).toEqual(['SUBSCRIBED'])
  await settled()
  expect(log.filter((step) => step === 'channel')).toHaveLength(1)
})

it('joins a topic again only once the old channel is gone', async () => {
  const { client, log, removed } = fakeClient()
  const leave = joinTopic(client, 'topic', member([]))
  await settled()
  leave()
  joinTopic(client, 'topic', member([]))
  await settled()
  expect(log).toEqual(['setAuth', 'channel', 'remove'])
  removed[0]?.()
  await settled()
  expect(log).toEqual(['setAuth', 'channel', 'remove', 'setAuth', 'channel'])
})

it('opens nothing for who has left before it was open', async () => {
  const { client, log } = fakeClient()
  joinTopic(client, 'topic', member([]))()
  await settled()
  expect(log).not.toContain('channel')
})
