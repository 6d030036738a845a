import { type LiveEvent, platformEnv } from '@rowkeep/kernel'
import { describe, expect, it, vi } from 'vitest'
import { type ListenSdk, listenWith } from '../src/live/listen.ts'
import { type Bench, bench, contextOf, creation, marks, notes, plant } from './bench.ts'
import { eventually } from './eventually.ts'

/** What a subscription told, and the call that ends it. */
function listen({ ada }: Bench, context = contextOf()): { readonly events: LiveEvent[]; readonly end: () => void } {
  const events: LiveEvent[] = []
  return { events, end: ada.subscribe(notes, (event) => events.push(event), context) }
}

const kinds = (events: readonly LiveEvent[]): readonly string[] => events.map(({ kind }) => kind)
const told = (events: readonly LiveEvent[]): readonly string[] =>
  events.flatMap((event) => (event.kind === 'data' ? event.changes.map(({ kind, id }) => `${kind} ${id}`) : []))

/** As a server that goes down. Where nothing answers at all the SDK itself takes half a minute to believe it. */
async function loseConnection({ served, double }: Bench): Promise<void> {
  served.fault = () => new Response('', { status: 503 })
  await double.close()
}

describe('a listener', () => {
  it('tells of rows as they are written, deleted, and taken away by an admin', async () => {
    const at = await bench()
    const { events } = listen(at)
    await eventually(() => kinds(events)).toEqual(['up'])
    await at.ada.push(
      { operations: [creation({ id: 'n1', title: '\u00fcber \ud83d\ude00' })], atomic: false },
      contextOf(),
    )
    await eventually(() => told(events)).toEqual(['record n1'])
    await at.double.remove('notes', 'n1')
    await eventually(() => told(events)).toEqual(['record n1', 'tombstone n1'])
    await at.double.purge('notes', 'n1')
    await eventually(() => told(events)).toEqual(['record n1', 'tombstone n1', 'eviction n1'])
  })

  it('begins at the newest row, so that a large collection costs two reads', async () => {
    const at = await bench()
    for (let n = 0; n < 200; n += 1) plant(at.server, `old${n}`, marks(1, 1_700_000_000_000 + n))
    plant(at.server, 'newest', marks(1, at.server.now()))
    const before = at.double.reads()
    const { events } = listen(at)
    await eventually(() => kinds(events)).toEqual(['up', 'data'])
    expect(told(events)).toEqual(['record newest'])
    expect(at.double.reads() - before).toBe(2)
  })

  it('says `down` when its connection is lost, and nothing after it', async () => {
    const at = await bench()
    const { events } = listen(at)
    await eventually(() => kinds(events)).toEqual(['up'])
    await loseConnection(at)
    await eventually(() => kinds(events)).toEqual(['up', 'down'])
    expect(events.at(-1)).toMatchObject({ error: { code: 'SYNC_NETWORK' } })
  })

  it.each([
    [() => 'bob', 'SYNC_USER_MISMATCH'],
    [() => undefined, 'SYNC_AUTH_REQUIRED'],
  ])('of nobody, or of somebody else, says `down` and asks nothing', async (user, code) => {
    const at = await bench({ user })
    const { events } = listen(at)
    await eventually(() => events).toMatchObject([{ kind: 'down', error: { code } }])
    expect(at.served.calls).toEqual([])
  })

  it('that the rules refuse says `down` [F85]', async () => {
    const at = await bench({ collections: { notes: { path: () => 'users/bob/notes' } } })
    const { events } = listen(at)
    await eventually(() => events).toMatchObject([{ kind: 'down', error: { code: 'SYNC_FORBIDDEN' } }])
  })

  it('ends with the session, silently', async () => {
    const at = await bench()
    const stop = new AbortController()
    const { events } = listen(at, contextOf('ada', { signal: stop.signal }))
    await eventually(() => kinds(events)).toEqual(['up'])
    stop.abort()
    const other = listen(at)
    await eventually(() => kinds(other.events)).toEqual(['up'])
    await at.double.write('notes', { id: 'n1' })
    await eventually(() => told(other.events)).toEqual(['record n1'])
    expect(kinds(events)).toEqual(['up'])
  })

  it('outlives a handler that throws, and tells of it in the end', async () => {
    const at = await bench()
    const events: LiveEvent[] = []
    at.ada.subscribe(
      notes,
      (event) => {
        events.push(event)
        if (event.kind === 'data') throw new Error('handler')
      },
      contextOf(),
    )
    await eventually(() => kinds(events)).toEqual(['up'])
    await at.double.write('notes', { id: 'n1' })
    await at.double.write('notes', { id: 'n2' })
    await eventually(() => told(events)).toContain('record n2')
    await loseConnection(at)
    await eventually(() => events.at(-1)).toMatchObject({
      kind: 'down',
      error: { details: { listenerError: 'Error: handler' } },
    })
  })

  it('takes one collection a feed', async () => {
    const { ada } = await bench()
    const feed = { id: 'two', collections: ['notes', 'tasks'] }
    expect(() => ada.subscribe(feed, () => undefined, contextOf())).toThrow(
      expect.objectContaining({ code: 'SYNC_UNSUPPORTED' }),
    )
  })
})

describe('what the SDK shows from its cache', () => {
  type Hear = (snapshot: unknown) => void
  const change = (id: string, hasPendingWrites: boolean, revision = 1) => ({
    type: 'modified',
    doc: { id, metadata: { hasPendingWrites }, data: () => ({ _rev: revision, _deleted: false, id }) },
  })
  const snapshot = (fromCache: boolean, ...changes: readonly unknown[]) => ({
    metadata: { fromCache },
    docChanges: () => changes,
  })

  /** An SDK whose one listener the test plays to. */
  async function played(env = platformEnv) {
    let hear: Hear | undefined
    const end = vi.fn()
    const onSnapshot = (_query: unknown, _options: unknown, listener: Hear): (() => void) => {
      hear = listener
      return end
    }
    const nothing = (): object => ({})
    class Timestamp {}
    const sdk = { collection: nothing, orderBy: nothing, query: nothing, where: nothing, Timestamp, onSnapshot }
    const at = await bench({ live: listenWith(sdk as unknown as ListenSdk, {} as never) })
    const { events } = listen(at, contextOf('ada', { env }))
    await eventually(() => hear).toBeDefined()
    return { events, end, hear: (one: unknown): void => hear?.(one) }
  }

  it('is told only once the server confirms it [F88]', async () => {
    const { events, hear } = await played()
    hear(snapshot(true, change('n1', false)))
    expect(events).toEqual([])
    hear(snapshot(false))
    expect(kinds(events)).toEqual(['up', 'data'])
    expect(told(events)).toEqual(['record n1'])
    hear(snapshot(false))
    expect(kinds(events)).toEqual(['up', 'data'])
  })

  it('is not told while a write of the app by this SDK is on its way [F88]', async () => {
    const { events, hear } = await played()
    hear(snapshot(false, change('n1', true, 2), change('n2', false)))
    expect(told(events)).toEqual(['record n2'])
    hear(snapshot(false, change('n1', false, 2)))
    expect(told(events)).toEqual(['record n2', 'record n1'])
  })

  it('again, after the server was heard, means that the connection is lost', async () => {
    const { events, end, hear } = await played()
    hear(snapshot(false))
    hear(snapshot(true))
    expect(events).toMatchObject([{ kind: 'up' }, { kind: 'down', error: { code: 'SYNC_NETWORK' } }])
    expect(end).toHaveBeenCalledOnce()
    hear(snapshot(false, change('n1', false)))
    expect(events).toHaveLength(2)
  })

  it('for ever means that the server is not heard: `down` after a while', async () => {
    const timers: (() => void)[] = []
    const setTimer = (_ms: number, run: () => void): (() => void) => {
      timers.push(run)
      return () => undefined
    }
    const env = { ...platformEnv, setTimer }
    const { events } = await played(env)
    for (const run of timers) run()
    expect(events).toMatchObject([{ kind: 'down', error: { code: 'SYNC_TIMEOUT' } }])
  })
})
