import { type LiveEvent, platformEnv } from '@rowkeep/kernel'
import { describe, expect, it } from 'vitest'
import { type AppsyncHub, appsyncAdapter, type SessionSource } from '../src/index.ts'
import { models } from './conformance.ts'
import { context, notes } from './support/scene.ts'

type Told = Parameters<Parameters<AppsyncHub['listen']>[1]>[0]['payload']

/** An adapter whose client opens subscriptions that nobody answers, and a Hub that says what the test says. */
function silent(session: SessionSource = () => ({ user: 'ada' })): {
  readonly queries: readonly string[]
  readonly events: readonly LiveEvent[]
  readonly ended: () => number
  tell(payload: Told): void
  end(): void
  readonly opened: () => Promise<void>
} {
  const queries: string[] = []
  const events: LiveEvent[] = []
  let ended = 0
  let tell: (payload: Told) => void = () => undefined
  const client = {
    graphql: ({ query }: { readonly query: string }) => {
      queries.push(query)
      return { subscribe: () => ({ unsubscribe: () => (ended += 1) }) }
    },
    cancel: () => false,
  }
  const hub: AppsyncHub = {
    listen(_, listener) {
      tell = (payload) => listener({ payload })
      return () => {
        tell = () => undefined
      }
    },
  }
  const adapter = appsyncAdapter({ client, api: 'test', models, session, hub })
  const end = adapter.subscribe?.(notes, (event) => events.push(event), context()) ?? (() => undefined)
  return {
    queries,
    events,
    ended: () => ended,
    tell: (payload) => tell(payload),
    end,
    // A turn of the event loop comes after everything that was promised.
    opened: () => new Promise((resolve) => platformEnv.setTimer(0, resolve)),
  }
}

const ack = (query: string | undefined): Told => ({ event: 'Subscription ack', data: { query } })

describe('acknowledgements', () => {
  it('make `up` when each of the three own ones has come, once', async () => {
    const one = silent()
    await one.opened()
    one.tell(ack('subscription Other { onCreateNote { id } }'))
    one.tell(ack(one.queries[0]))
    one.tell(ack(one.queries[1]))
    one.tell(ack(one.queries[1]))
    expect(one.events).toEqual([])
    one.tell(ack(one.queries[2]))
    one.tell(ack(one.queries[2]))
    expect(one.events).toEqual([{ kind: 'up' }])
  })

  it('are not waited for in words of another shape', async () => {
    const one = silent()
    await one.opened()
    for (const data of [undefined, null, 'x', []]) one.tell({ event: 'Subscription ack', data })
    expect(one.events).toEqual([])
  })
})

it('other states of the connection than a disruption mean nothing', async () => {
  const one = silent()
  await one.opened()
  for (const connectionState of ['Connecting', 'Connected', 'ConnectedPendingKeepAlive', 'Disconnected'])
    one.tell({ event: 'ConnectionStateChange', data: { connectionState } })
  await one.opened()
  expect(one.events).toEqual([])
  one.tell({ event: 'ConnectionStateChange', data: { connectionState: 'ConnectionDisruptedPendingNetwork' } })
  await one.opened()
  expect(one.events).toMatchObject([{ kind: 'down' }])
  expect(one.ended()).toBe(3)
})

it('a subscription that ends before the session has answered opens nothing', async () => {
  const one = silent(async () => ({ user: 'ada' }))
  one.end()
  await one.opened()
  expect(one.queries).toEqual([])
})
