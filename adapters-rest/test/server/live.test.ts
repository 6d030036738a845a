import { type Env, type PushVerdict, platformEnv } from '@rowkeep/kernel'
import { describe, expect, it } from 'vitest'
import { handlerOver, held, listenTo, operationBody, post, pushBody, recorder } from './calls.ts'

/** Timers that fire when told to. */
class Timers {
  readonly #timers = new Set<{ readonly ms: number; readonly run: () => void }>()
  readonly env: Env = {
    ...platformEnv,
    setTimer: (ms, run) => {
      const timer = { ms, run }
      this.#timers.add(timer)
      return () => void this.#timers.delete(timer)
    },
  }

  /** Fires those that were set for `ms`. */
  fire(ms: number): void {
    for (const timer of [...this.#timers].filter((one) => one.ms === ms)) {
      this.#timers.delete(timer)
      timer.run()
    }
  }

  waits(): readonly number[] {
    return [...this.#timers].map(({ ms }) => ms)
  }
}

/** Reads a stream message by message; `undefined`: it has ended. */
const reader = (response: Response): (() => Promise<string | undefined>) => {
  const stream = response.body?.getReader()
  return async () => {
    const part = await stream?.read()
    return part?.value && new TextDecoder().decode(part.value)
  }
}

const up = 'event: up\ndata: {}\n\n'
const poke = 'event: poke\ndata: {}\n\n'

describe('a live stream', () => {
  it('says up at once, then pokes for each push that took effect, to the pusher too', async () => {
    const handler = handlerOver(recorder())
    const response = await handler(listenTo('notes,tasks'))
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
    const next = reader(response)
    expect(await next()).toBe(up)
    await handler(post('/push', pushBody(operationBody)))
    expect(await next()).toBe(poke)
    await handler(post('/push', pushBody({ ...operationBody, collection: 'tasks' })))
    expect(await next()).toBe(poke)
    await handler.close()
    expect(await next()).toBeUndefined()
  })

  it('is silent about other users, other collections and what was not applied', async () => {
    const storage = recorder()
    const verdict: PushVerdict = { kind: 'conflict' }
    const handler = handlerOver({ ...storage, push: async () => [verdict] })
    const next = reader(await handler(listenTo('notes')))
    await next()
    await handler(post('/push', pushBody(operationBody)))
    handler.poke('bob')
    handler.poke('ada', ['tasks'])
    await handler.close()
    expect(await next()).toBeUndefined()
  })

  it('pokes when the app says so', async () => {
    const handler = handlerOver(recorder())
    const next = reader(await handler(listenTo('notes')))
    await next()
    handler.poke('ada')
    expect(await next()).toBe(poke)
    await handler.close()
  })

  it('says that it is alive before 25 s have passed, again and again', async () => {
    const timers = new Timers()
    const handler = handlerOver(recorder(), { env: timers.env })
    const next = reader(await handler(listenTo('notes')))
    await next()
    for (let time = 0; time < 3; time += 1) {
      expect(timers.waits()).toContain(20_000)
      timers.fire(20_000)
      expect(await next()).toBe(': \n\n')
    }
    await handler.close()
    expect(timers.waits()).toEqual([])
  })

  it('ends by itself, so that credentials are shown again', async () => {
    const timers = new Timers()
    const handler = handlerOver(recorder(), { env: timers.env, limits: { streamMs: 1234 } })
    const next = reader(await handler(listenTo('notes')))
    await next()
    timers.fire(1234)
    expect(await next()).toBeUndefined()
    expect(timers.waits()).toEqual([])
  })

  it.each(['abort', 'cancel'])('ends when the client goes: %s', async (how) => {
    const timers = new Timers()
    const gone = new AbortController()
    const handler = handlerOver(recorder(), { env: timers.env, limits: { streams: 1 } })
    const response = await handler(listenTo('notes', gone.signal))
    expect((await handler(listenTo('notes'))).status).toBe(503)
    if (how === 'abort') gone.abort()
    else await response.body?.cancel()
    expect(timers.waits()).toEqual([])
    handler.poke('ada')
    expect((await handler(listenTo('notes'))).status).toBe(200)
    await handler.close()
  })

  it('merges pokes for a reader that does not keep up, and loses none', async () => {
    const handler = handlerOver(recorder())
    const next = reader(await handler(listenTo('notes')))
    for (let time = 0; time < 10_000; time += 1) handler.poke('ada')
    const seen: (string | undefined)[] = []
    for (let time = 0; time < 17; time += 1) seen.push(await next())
    expect(seen).toEqual([up, ...Array.from({ length: 16 }, () => poke)])
    await handler.close()
    expect(await next()).toBeUndefined()
  })

  it.each(['', 'toString', 'notes,'])('of collections that are not served is refused: "%s"', async (collections) => {
    expect((await handlerOver(recorder())(listenTo(collections))).status).toBe(404)
  })
})

describe('a handler that closes', () => {
  it('refuses what comes later and waits for what is under way', async () => {
    const slow = held()
    const handler = handlerOver(slow)
    const pushing = handler(post('/push', pushBody(operationBody)))
    let closed = false
    const closing = handler.close().then(() => {
      closed = true
    })
    expect((await handler(post('/push', pushBody(operationBody)))).status).toBe(503)
    expect((await handler(listenTo('notes'))).status).toBe(503)
    expect(closed).toBe(false)
    slow.release()
    expect((await pushing).status).toBe(200)
    await closing
  })
})
