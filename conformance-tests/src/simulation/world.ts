import { Device } from './devices/device.ts'
import type { History } from './history/history.ts'
import { Network } from './network/network.ts'
import { Diary } from './oracles/diary.ts'
import type { Site, Subject } from './servers/site.ts'
import { type Chance, chanceOf } from './time/chance.ts'
import { Loop } from './time/loop.ts'

/** Users by number. */
const users = ['ada', 'bob'] as const

/** Everything there is in one history. */
export class World {
  readonly history: History
  readonly chance: Chance
  readonly loop: Loop
  readonly diary: Diary
  readonly network: Network
  readonly site: Site
  readonly devices: readonly Device[]
  /** False in the heal phase: nothing goes wrong any more. */
  faulty = true

  constructor(history: History, subject: Subject) {
    this.history = history
    this.chance = chanceOf(history.seed)
    this.loop = new Loop(this.chance)
    this.diary = new Diary(this.loop)
    this.network = new Network(this)
    this.site = subject.open(this)
    const { devices, users: count } = history.setup
    this.devices = Array.from({ length: devices }, (_, at) => new Device(this, `d${at}`, users[at % count] as string))
  }

  /** Whether a fault happens now, by a chance of its own. One that does is counted. */
  strikes(fault: string, key: string): boolean {
    const rate = this.history.faults[fault]
    if (!this.faulty || rate === undefined || this.chance('fault', fault, key) >= rate) return false
    this.diary.count(fault)
    return true
  }
}
