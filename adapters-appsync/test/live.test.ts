import { ConsoleLogger, Hub } from '@aws-amplify/core'
import type { LiveEvent } from '@rowkeep/kernel'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AppsyncAdapter } from '../src/index.ts'
import { until } from './support/network.ts'
import { clientOf, context, creation, notes, operation, pushed, type Scene, scene } from './support/scene.ts'

// Amplify warns of what these tests provoke.
ConsoleLogger.LOG_LEVEL = 'ERROR'

let one: Scene
const ends: (() => void)[] = []
beforeEach(() => {
  one = scene()
})
afterEach(async () => {
  for (const end of ends.splice(0)) end()
  await one.close()
})

function listen(adapter: AppsyncAdapter = one.adapter): { readonly events: LiveEvent[]; end(): void } {
  const events: LiveEvent[] = []
  const end = adapter.subscribe?.(notes, (event) => events.push(event), context()) ?? (() => undefined)
  ends.push(end)
  return { events, end }
}

const has = (events: readonly LiveEvent[], kind: LiveEvent['kind']) => (): boolean =>
  events.some((event) => event.kind === kind)
const kinds = (events: readonly LiveEvent[]): readonly string[] => events.map(({ kind }) => kind)
const started = (): readonly string[] => one.network.frames.filter((frame) => frame.includes('"type":"start"'))

describe('up', () => {
  it('is told once all three subscriptions are acknowledged', async () => {
    const { events } = listen()
    await until(has(events, 'up'))
    expect(kinds(events)).toEqual(['up'])
    const kindsOf = started().map((frame) => /on(Create|Update|Delete)Note/.exec(frame)?.[1])
    expect(kindsOf).toHaveLength(3)
    expect(new Set(kindsOf)).toEqual(new Set(['Create', 'Update', 'Delete']))
  })

  it('is not told for acknowledgements of somebody else, of the same query', async () => {
    const [first, second] = [listen(), listen()]
    await until(has(first.events, 'up'))
    await until(has(second.events, 'up'))
    expect([kinds(first.events), kinds(second.events)]).toEqual([['up'], ['up']])
    expect(new Set(started().map((frame) => /Rowkeep_\w+/.exec(frame)?.[0])).size).toBe(6)
  })
})

describe('poke', () => {
  it('is told for a create, an update and a delete by another device', async () => {
    const { events } = listen()
    await until(has(events, 'up'))
    const other = one.device()
    await pushed(other, creation({ id: 'n1', title: 'one' }))
    await pushed(other, operation({ kind: 'update', expected: '1', change: { set: { title: 'two' } } }))
    await pushed(other, operation({ kind: 'delete', expected: '2' }))
    await until(() => events.length >= 4)
    expect(kinds(events)).toEqual(['up', 'poke', 'poke', 'poke'])
  })

  it('needs the owner among what the mutation selects: the option owner is what does it', async () => {
    const { events } = listen()
    await until(has(events, 'up'))
    const fields = ['id', 'title']
    await pushed(one.device({ models: { notes: { model: 'Note', fields } } }), creation({ id: 'n1', title: 'untold' }))
    await pushed(
      one.device({ models: { notes: { model: 'Note', fields, owner: 'owner' } } }),
      creation({ id: 'n2', title: 'told' }),
    )
    await until(has(events, 'poke'))
    expect(kinds(events)).toEqual(['up', 'poke'])
  })

  it('of another client has all that it asks for, times that must not be null included', async () => {
    const got: object[] = []
    const query = 'subscription S { onCreateNote { id title n createdAt updatedAt owner _version _lastChangedAt } }'
    const stream = clientOf(one.double.origin).graphql({ query }) as {
      subscribe(observer: object): { unsubscribe(): void }
    }
    const subscription = stream.subscribe({ next: ({ data }: { data: object }) => got.push(data), error: expect.fail })
    ends.push(() => subscription.unsubscribe())
    await until(() => started().length === 1)
    await pushed(one.adapter, creation({ id: 'n1', title: 'one' }))
    await until(() => got.length > 0)
    const createdAt = expect.any(String)
    expect(got).toMatchObject([
      { onCreateNote: { id: 'n1', createdAt, updatedAt: createdAt, owner: 'ada', _version: 1 } },
    ])
  })

  it('is not told for rows of another user', async () => {
    const { events } = listen(one.device({ session: () => ({ user: 'ada', token: 'token-of-bob' }) }))
    const ada = listen()
    await until(has(events, 'up'))
    await until(has(ada.events, 'up'))
    await one.double.write('notes', { id: 'n1', title: 'of ada' })
    await until(has(ada.events, 'poke'))
    expect(kinds(events)).toEqual(['up'])
  })

  it('survives a listener that throws', async () => {
    let pokes = 0
    const end = one.adapter.subscribe?.(
      notes,
      ({ kind }) => {
        if (kind === 'poke') pokes += 1
        throw new Error('of the app')
      },
      context(),
    )
    ends.push(end ?? (() => undefined))
    const { events } = listen()
    await until(has(events, 'up'))
    await until(() => started().length === 6)
    for (const id of ['n1', 'n2']) await one.double.write('notes', { id, title: id })
    await until(() => pokes === 2)
  })
})

describe('down', () => {
  it('is told once when the connection is lost, and nothing after it', async () => {
    const { events } = listen()
    await until(has(events, 'up'))
    one.network.sockets.at(-1)?.drop()
    await until(has(events, 'down'))
    await one.double.write('notes', { id: 'n1', title: 'one' })
    expect(kinds(events)).toEqual(['up', 'down'])
    expect(events[1]).toMatchObject({ error: { code: 'SYNC_NETWORK' } })
  })

  it('is followed by `up` where the kernel subscribes again', async () => {
    const first = listen()
    await until(has(first.events, 'up'))
    one.network.sockets.at(-1)?.drop()
    await until(has(first.events, 'down'))
    const { events } = listen()
    await until(has(events, 'up'))
    await one.double.write('notes', { id: 'n1', title: 'one' })
    await until(has(events, 'poke'))
    expect(one.network.sockets).toHaveLength(2)
  })

  it('says that a token is nobody’s', async () => {
    const { events } = listen(
      one.device({ authMode: 'lambda', session: () => ({ user: 'ada', token: 'token-of-nobody' }) }),
    )
    await until(has(events, 'down'))
    expect(events).toMatchObject([{ kind: 'down', error: { code: 'SYNC_AUTH_REQUIRED' } }])
  })

  it('says that the user may not listen', async () => {
    const { events } = listen(one.device({ session: undefined as never, authMode: 'apiKey' }))
    await until(has(events, 'down'))
    expect(events).toMatchObject([{ kind: 'down', error: { code: 'SYNC_FORBIDDEN' } }])
  })

  it('says that nobody is signed in, and opens nothing', async () => {
    const { events } = listen(one.device({ session: () => undefined }))
    await until(has(events, 'down'))
    expect(events).toMatchObject([{ kind: 'down', error: { code: 'SYNC_AUTH_REQUIRED' } }])
    expect(one.network.sockets).toEqual([])
  })
})

describe('the end', () => {
  it('stops the subscriptions at the server', async () => {
    const { events, end } = listen()
    await until(has(events, 'up'))
    end()
    await until(() => one.network.frames.filter((frame) => frame.includes('"type":"stop"')).length === 3)
  })

  it('before the session has answered opens nothing', async () => {
    let answer: (session: { user: string }) => void = () => undefined
    const session = new Promise<{ user: string }>((resolve) => {
      answer = resolve
    })
    const { events, end } = listen(one.device({ session: () => session }))
    end()
    answer({ user: 'ada' })
    await session
    await one.double.write('notes', { id: 'n1', title: 'one' })
    expect(events).toEqual([])
    expect(one.network.sockets).toEqual([])
  })

  it('comes with the signal, too', async () => {
    const stop = new AbortController()
    const events: LiveEvent[] = []
    one.adapter.subscribe?.(notes, (event) => events.push(event), context({ signal: stop.signal }))
    await until(has(events, 'up'))
    stop.abort()
    await until(() => one.network.frames.filter((frame) => frame.includes('"type":"stop"')).length === 3)
  })
})

it('without a Hub the adapter does not claim to listen', () => {
  const deaf = one.device({ hub: undefined as never })
  expect(deaf.capabilities.live).toBe('none')
  expect('subscribe' in deaf).toBe(false)
  expect(one.device({ hub: Hub }).capabilities.live).toBe('hint')
})
