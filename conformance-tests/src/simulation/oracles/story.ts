import type { World } from '../world.ts'
import { allAtRest, type Resting } from './at-rest.ts'
import type { Fact, Told, Written } from './diary.ts'
import { keyOf, Registers, type Return } from './registers.ts'
import type { Remains } from './remains.ts'

/** One write of an app. */
export interface Wrote {
  readonly write: Written
  /** `collection/id`. */
  readonly key: string
  readonly tab: string
  readonly device: string
  readonly user: string
  readonly step: number
  /** Number of the fact that it was begun, and when, ms. */
  readonly begun: number
  readonly begunAt: number
  /** Number of the fact that it was accepted; `undefined`: it never was. */
  accepted?: number
  /** It was refused, with this. */
  refused?: unknown
}

/** The device of a tab, by their names. */
export const deviceOf = (tab: string): string => tab.slice(0, tab.indexOf('.'))

/** A history that is over, put in order for the judges. */
export class Story {
  readonly world: World
  readonly facts: readonly Told[]
  readonly rest: readonly Resting[]
  readonly remains: readonly Remains[]
  readonly registers: Registers
  /** When the backend went back to an earlier state. */
  readonly returns: readonly Return[]
  /** Every write, in the order in which they were begun. */
  readonly writes: readonly Wrote[]
  readonly #byKey = new Map<string, Wrote[]>()
  readonly #statuses = new Map<string, number[]>()
  readonly #asked = new Map<string, number[]>()

  constructor(world: World, rest: readonly Resting[], remains: readonly Remains[]) {
    this.world = world
    this.facts = world.diary.facts
    this.rest = rest
    this.remains = remains
    this.returns = this.facts.filter((fact) => fact.kind === 'restored')
    this.registers = new Registers(world.site.effects ?? [], this.returns)
    const writes: Wrote[] = []
    const open = new Map<string, Wrote[]>()
    for (const [number, fact] of this.facts.entries()) this.#note(number, fact, writes, open)
    this.writes = writes
  }

  /** The writes of one device to one record, in order. */
  writesOf(device: string, key: string): readonly Wrote[] {
    return this.#byKey.get(`${device} ${key}`) ?? []
  }

  /** Every record that was written, by `collection/id`. */
  get keys(): readonly string[] {
    return [...new Set(this.writes.map(({ key }) => key))]
  }

  /** Every record that a device wrote, and what it wrote there, in order. */
  get queues(): readonly (readonly [key: string, writes: readonly Wrote[]])[] {
    return [...this.#byKey.values()].map((writes) => [writes[0]?.key ?? '', writes] as const)
  }

  /** Numbers of the facts that tell how the client of the write's tab stood, for the write's user. */
  statusesOf({ tab, user }: Wrote): readonly number[] {
    return this.#statuses.get(`${tab} ${user}`) ?? []
  }

  /** Numbers of the facts that a resolver of the device was asked about the record. */
  askedOf(device: string, key: string): readonly number[] {
    return this.#asked.get(`${device} ${key}`) ?? []
  }

  #note(number: number, fact: Told, writes: Wrote[], open: Map<string, Wrote[]>): void {
    if (fact.kind === 'begun') {
      const wrote = wroteOf(number, fact)
      writes.push(wrote)
      add(this.#byKey, `${wrote.device} ${wrote.key}`, wrote)
      add(open, `${fact.tab} ${fact.step}`, wrote)
    } else if (fact.kind === 'accepted') {
      const key = keyOf(fact.write.collection, fact.write.id)
      const wrote = open.get(`${fact.tab} ${fact.step}`)?.find((one) => one.key === key)
      if (wrote) wrote.accepted = number
    } else if (fact.kind === 'refused') {
      for (const wrote of open.get(`${fact.tab} ${fact.step}`) ?? []) wrote.refused = fact.error
    } else if (fact.kind === 'status') add(this.#statuses, `${fact.tab} ${fact.user}`, number)
    else if (fact.kind === 'asked') {
      const { local, remote, base } = fact.conflict
      const id = (local ?? remote ?? base)?.id ?? ''
      add(this.#asked, `${deviceOf(fact.tab)} ${keyOf(fact.collection, id)}`, number)
    }
  }
}

function add<T>(to: Map<string, T[]>, key: string, value: T): void {
  const list = to.get(key)
  if (list) list.push(value)
  else to.set(key, [value])
}

function wroteOf(
  begun: number,
  { write, tab, user, step, at }: Told & Extract<Fact, { readonly kind: 'begun' }>,
): Wrote {
  const key = keyOf(write.collection, write.id)
  return { write, key, tab, device: deviceOf(tab), user, step, begun, begunAt: at }
}

/** The story of a history that has come to its end. */
export const storyOf = async (world: World, remains: readonly Remains[]): Promise<Story> =>
  new Story(world, await allAtRest(world), remains)
