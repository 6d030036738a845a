import type { Env, Json } from '@rowkeep/kernel'
import type { Tab } from '../devices/tab.ts'

interface Ear {
  readonly tab: Tab
  readonly channel: string
  readonly hear: (message: Json) => void
}

/** BroadcastChannel between the tabs of one device. */
export class Channels {
  #ears: readonly Ear[] = []

  of(tab: Tab): NonNullable<Env['broadcast']> {
    return (channel, hear) => {
      const ear: Ear = { tab, channel, hear }
      this.#ears = [...this.#ears, ear]
      const post = (message: Json): void => {
        const text = JSON.stringify(message)
        for (const other of this.#ears) {
          if (other.channel !== channel || other === ear) continue
          this.#send(other, text)
        }
      }
      return { post, close: () => this.#drop((one) => one === ear) }
    }
  }

  /** Nothing but time may hang on a message: it may be lost, come twice, or late. */
  #send(to: Ear, text: string): void {
    const { tab } = to
    const key = tab.key('message')
    const arrive = (ms: number): void =>
      void tab.deliver(ms, `hear ${text}`, () => this.#ears.includes(to) && to.hear(JSON.parse(text)))
    if (tab.world.strikes('messageLost', key)) return
    arrive(tab.world.strikes('messageLate', key) ? 3_000 : 1)
    if (tab.world.strikes('messageTwice', key)) arrive(500)
  }

  gone(tab: Tab): void {
    this.#drop((one) => one.tab === tab)
  }

  #drop(isGone: (ear: Ear) => boolean): void {
    this.#ears = this.#ears.filter((one) => !isGone(one))
  }
}
