import { Device } from './devices/device.ts'
import { directedFaults, faultRates } from './history/faults.ts'
import type { History } from './history/history.ts'
import { Network } from './network/network.ts'
import { Diary } from './oracles/diary.ts'
import type { Site, Subject } from './servers/site.ts'
import { Medium } from './stores/medium.ts'
import type { Place } from './stores/place.ts'
import { type Chance, chanceOf } from './time/chance.ts'
import { Loop } from './time/loop.ts'

/** Users by number. */
export const users: readonly [string, string] = ['ada', 'bob']

/** What of a world is given from outside. */
export interface Surroundings {
  /** Where a device keeps its data. Default: a simulated medium. */
  readonly place?: (device: Device) => Place
  /** Hears of everything that happens: when, ms, and what, with the fact where it is one. */
  readonly heard?: (atMs: number, what: string, about?: unknown) => void
  /** Whether the app on a device dies right now, at one of its I/Os. Default: never. */
  readonly isCut?: (device: Device, io: string) => boolean
  /** Whether it is over as soon as newcomers say that they are in step, and not some rounds later. Default: false. */
  readonly brisk?: boolean
}

/** Everything there is in one history. */
export class World {
  readonly history: History
  readonly chance: Chance
  readonly loop: Loop
  readonly diary: Diary
  readonly network: Network
  /** The backend. */
  site!: Site
  readonly placeOf: (device: Device) => Place
  readonly isCut: Surroundings['isCut']
  readonly brisk: boolean
  devices: readonly Device[]
  /** False in the heal phase: nothing goes wrong any more. */
  faulty = true

  private constructor(history: History, { place, heard, isCut, brisk = false }: Surroundings) {
    this.history = history
    this.chance = chanceOf(history.seed)
    this.loop = new Loop(this.chance)
    if (heard) this.loop.heard = (what, about) => heard(this.loop.now, what, about)
    this.diary = new Diary(this.loop)
    this.network = new Network(this)
    this.isCut = isCut
    this.brisk = brisk
    this.placeOf = place ?? ((device) => new Medium(device))
    const { devices, users: count } = history.setup
    this.devices = Array.from({ length: devices }, (_, at) => new Device(this, `d${at}`, users[at % count] as string))
  }

  /** The world of a history, with its backend open. */
  static async open(history: History, subject: Subject, surroundings: Surroundings = {}): Promise<World> {
    const world = new World(history, surroundings)
    world.site = await subject.open(world)
    return world
  }

  /** Whether a fault happens now, by a chance of its own. One that does is counted. */
  strikes(fault: string, key: string): boolean {
    if (faultRates[fault] === undefined && !directedFaults.includes(fault))
      throw new RangeError(`${fault} is no fault of history/faults.ts`)
    const rate = this.history.faults[fault]
    if (!this.faulty || rate === undefined || this.chance('fault', fault, key) >= rate) return false
    this.diary.count(fault)
    return true
  }
}
