import { survives } from '../devices/dying.ts'
import type { Tab } from '../devices/tab.ts'
import type { World } from '../world.ts'

/** A page of somebody else's, half an answer, one whose connection breaks in the middle, or word to ask elsewhere. */
export type Garbled = 'html' | 'truncated' | 'brokenOff' | 'redirected'

/** One request of a protocol: how it takes effect, and how its failures look to the caller. */
export interface Wire<T> {
  readonly what: string
  /** It arrives: the server does what it does. */
  arrive(): Promise<T>
  /** An answer that is no success; a rejection where the protocol has it so. */
  status(code: number, retryAfterSeconds?: number): T | Promise<T>
  /** An answer that is not what the protocol says. */
  garbled(how: Garbled): T | Promise<T>
  /** What the caller is told where nothing came back. */
  unreachable(): Error
}

/** Brings an answer back, in so many ms; `seconds`: when to come again, where it says so. */
type Back<T> = (ms: number, answer: () => T | Promise<T>, failed: boolean, seconds?: number) => void

/** What goes wrong on the way there, before the server has done anything. */
const refusals: readonly (readonly [fault: string, status: number, retryAfter?: number])[] = [
  ['tooMany', 429, 2],
  ['tooManyBare', 429],
  ['unavailable', 503],
  ['failedBefore', 500],
]

/** How long the caller of the simulated app waits for an answer at most, ms. */
export const requestTimeoutMs = 4_000

/** A while in which no request is served; with `seconds` it is said when to come again. */
interface Outage {
  readonly untilMs: number
  readonly seconds: number | undefined
}

/** Carries requests from tabs to the backend and answers back, badly while the world is faulty. */
export class Network {
  readonly #world: World
  #outage: Outage = { untilMs: 0, seconds: undefined }

  constructor(world: World) {
    this.#world = world
  }

  /** For so long nothing is served; with `seconds` every request is told when to come again, else the server cannot be reached. */
  fail(ms: number, seconds?: number): void {
    this.#outage = { untilMs: this.#world.loop.now + ms, seconds }
  }

  /** Carries one request. Rejects as the caller's protocol would, and with the signal's reason when that aborts. */
  async carry<T>(tab: Tab, wire: Wire<T>, signal: AbortSignal): Promise<T> {
    const { loop, diary } = this.#world
    const { user } = tab
    const key = tab.key(wire.what)
    return new Promise((resolve, reject) => {
      signal.throwIfAborted()
      const sentAt = loop.now
      const told = (failed: boolean, seconds?: number): void => {
        // Whoever has given up hears of nothing.
        const asked = seconds === undefined || signal.aborted ? {} : { retryAfterMs: seconds * 1_000 }
        diary.tell({ kind: 'requested', tab: tab.name, user, what: wire.what, sentAt, failed, ...asked })
      }
      const ended = this.#watch(tab, key, wire.what)
      const back: Back<T> = (ms, answer, failed, seconds) => {
        tab.deliver(ms, `answer ${key}`, () => {
          ended()
          told(failed, seconds)
          Promise.resolve().then(answer).then(resolve, reject)
        })
      }
      const fail = (ms: number): void => back(ms, () => Promise.reject(wire.unreachable()), true)
      const abort = (): void => {
        ended()
        reject(signal.reason as Error)
      }
      signal.addEventListener('abort', abort, { once: true })
      if (!tab.device.online) return fail(1)
      const there = this.#ms(key, 'there')
      if (this.#strikes('lost', key)) return fail(there)
      loop.plan(there, `arrive ${key}`, () => void this.#arrive(tab, key, wire, back, fail))
    })
  }

  async #arrive<T>(tab: Tab, key: string, wire: Wire<T>, back: Back<T>, fail: (ms: number) => void): Promise<void> {
    const { loop } = this.#world
    if (!survives(tab, `before ${wire.what}`, key)) return
    const home = this.#ms(key, 'back')
    if (this.#isOut) {
      const { seconds } = this.#outage
      return seconds === undefined ? fail(home) : back(home, () => wire.status(503, seconds), true, seconds)
    }
    const refusal = refusals.find(([fault]) => this.#strikes(fault, key))
    if (refusal) {
      const [, code, seconds] = refusal
      return back(home, () => wire.status(code, seconds), true, seconds)
    }
    if (this.#strikes('redirected', key)) return back(home, () => wire.garbled('redirected'), true)
    if (this.#strikes('duplicate', key)) {
      loop.plan(this.#chance(key, 'again') * 3_000, `again ${key}`, () => void wire.arrive().catch(() => {}))
    }
    const answer = wire.arrive()
    const isRefused = await answer.then(
      () => false,
      () => true,
    )
    if (!survives(tab, `after ${wire.what}`, key)) return
    // The caller's deadline is all that ends it.
    if (this.#strikes('neverAnswered', key)) return
    if (this.#strikes('answerLost', key)) return fail(home)
    if (this.#strikes('failedAfter', key)) return back(home, () => wire.status(500), true)
    for (const how of ['html', 'truncated', 'brokenOff'] as const)
      if (this.#strikes(how, key)) return back(home, () => wire.garbled(how), true)
    back(home, () => answer, isRefused)
  }

  get #isOut(): boolean {
    return this.#world.faulty && this.#world.loop.now < this.#outage.untilMs
  }

  /** Tells of a request that neither has an answer nor was given up in time, but for that in which the tab does nothing. */
  #watch(tab: Tab, key: string, what: string): () => void {
    const { diary, loop } = this.#world
    const sentAt = loop.now
    const hangs = (): void => diary.tell({ kind: 'hung', tab: tab.name, what, sentAt })
    // What a tab that goes on finds due comes to it in any order.
    const late = (): void => {
      ended = tab.deliver(1_000, `hung ${key}`, hangs)
    }
    let ended = tab.deliver(requestTimeoutMs, `late ${key}`, late)
    return () => ended()
  }

  #ms(key: string, way: string): number {
    const usual = 1 + this.#chance(key, way) * this.#world.history.setup.networkMs
    return Math.round(this.#strikes('late', `${key} ${way}`) ? usual + 6_000 : usual)
  }

  #strikes(fault: string, key: string): boolean {
    return this.#world.strikes(fault, key)
  }

  #chance(key: string, what: string): number {
    return this.#world.chance(what, key)
  }
}
