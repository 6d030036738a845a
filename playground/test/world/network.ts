import type { Backend } from '@rowkeep/conformance-tests'
import { type Answer, mounted } from '@rowkeep/conformance-tests/faults'
import type { DoubleSocket } from '@rowkeep/kernel/testing'
import type { WorldBackend } from './backends.ts'
import type { Column } from './calls.ts'
import { listened, spoken } from './carriers.ts'
import { Channels, type FrameFault } from './channel.ts'
import { type Gate, gate } from './gate.ts'

/** What a fault can do beyond giving another answer. */
interface Hands {
  /** Never answers, and says so: time has to pass. */
  hang(): Promise<never>
  /** Settles when the next request that the fault does not strike has been answered, or when the network is well again. */
  readonly overtaken: Promise<void>
  /** Something that goes on behind the device's back; the network is not well before it is done. */
  later(work: Promise<unknown>): void
  /** The body in which the backend words an error of that status; `undefined`: it has no words of its own. */
  readonly wording: Backend['wording']
}

/** A fault on a request, given the server behind it. */
export type Strike = (request: Request, server: Answer, hands: Hands) => Promise<Response | undefined>

/** Which requests a fault meets. */
export interface Plan {
  readonly column: Column
  readonly strike?: Strike
  /** What happens to the messages of open channels. */
  readonly frames?: FrameFault
  /** What happens to sockets that are opened. */
  readonly handshake?: 'refused' | 'unanswered' | 401 | 403
  /** How many requests that it could meet it lets pass first. */
  readonly skip: number
  /** How many it meets. */
  readonly times: number
}

/** The network between a device and its backend. */
export interface Network {
  readonly channels: Channels
  plan(plan: Plan): void
  heal(): Promise<void>
  /** How often the fault met something since it was planned. */
  struck(): number
  /** Whether a request waits for an answer that never comes. */
  hangs(): boolean
  close(): Promise<void>
}

interface Armed extends Plan {
  seen: number
  struck: number
  overtaken: Gate
  readonly later: Promise<unknown>[]
}

class Wire implements Network {
  readonly channels = new Channels()
  readonly #kind: WorldBackend
  readonly #backend: Backend
  readonly #now: () => Column
  #armed: Armed | undefined
  #hanging = 0
  #close: () => Promise<void> = async () => {}

  constructor(kind: WorldBackend, backend: Backend, now: () => Column) {
    this.#kind = kind
    this.#backend = backend
    this.#now = now
  }

  async mount(): Promise<this> {
    const accept = (socket: DoubleSocket): void => this.#accept(socket)
    this.#close = await mounted((request) => this.#answer(request), this.#backend.socket && accept)
    return this
  }

  plan(plan: Plan): void {
    this.#hanging = 0
    this.#armed = { ...plan, seen: 0, struck: 0, overtaken: gate(), later: [] }
    this.channels.arm(plan.frames, plan.times)
  }

  async heal(): Promise<void> {
    const armed = this.#armed
    this.#armed = undefined
    this.channels.heal()
    armed?.overtaken.open()
    await Promise.all(armed?.later ?? [])
  }

  struck(): number {
    return (this.#armed?.struck ?? 0) + this.channels.struck
  }

  hangs(): boolean {
    return this.#hanging > 0
  }

  close(): Promise<void> {
    return this.#close()
  }

  async #answer(request: Request): Promise<Response | undefined> {
    if (new URL(request.url).origin !== new URL(this.#backend.origin).origin) return elsewhere()
    const plan = this.#armed
    const response = plan && (await this.#meets(request, plan)) ? this.#struckBy(plan, request) : this.#served(request)
    return response
  }

  async #served(request: Request): Promise<Response> {
    const response = await this.#backend.fetch(request)
    return this.#kind.listens(request) ? listened(response, this.#kind, this.channels) : response
  }

  async #meets(request: Request, { column, strike }: Plan): Promise<boolean> {
    const at = this.#kind.listens(request) ? 'live' : this.#now()
    if (!strike || at !== column) return false
    return column !== 'push' || this.#kind.writes(request)
  }

  async #struckBy(plan: Armed, request: Request): Promise<Response | undefined> {
    plan.seen += 1
    if (plan.seen <= plan.skip || plan.struck >= plan.times) {
      const response = await this.#served(request)
      plan.overtaken.open()
      plan.overtaken = gate()
      return response
    }
    plan.struck += 1
    const hands: Hands = {
      hang: () => {
        this.#hanging += 1
        return new Promise<never>(() => {})
      },
      overtaken: plan.overtaken.promise,
      later: (work) => void plan.later.push(work),
      wording: this.#backend.wording,
    }
    return (plan.strike as Strike)(request, (arrived) => this.#served(arrived), hands)
  }

  #accept(socket: DoubleSocket): void {
    const plan = this.#armed
    if (plan?.handshake && plan.struck < plan.times) {
      plan.struck += 1
      if (plan.handshake === 'refused') socket.close(1011)
      if (typeof plan.handshake === 'number') this.#kind.refuse?.(socket, plan.handshake)
      return
    }
    this.#backend.socket?.(spoken(socket, this.#kind, this.channels))
  }
}

/** Mounts a backend; `now` tells which column the device is in. */
export const network = (kind: WorldBackend, backend: Backend, now: () => Column): Promise<Network> =>
  new Wire(kind, backend, now).mount()

/** What a captive portal shows, wherever it sends the traveller. */
const elsewhere = (): Response =>
  new Response('<!doctype html><p>Accept the terms.</p>', { headers: { 'content-type': 'text/html' } })
