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
          other.tab.deliver(1, `hear ${text}`, () => this.#ears.includes(other) && other.hear(JSON.parse(text)))
        }
      }
      return { post, close: () => this.#drop((one) => one === ear) }
    }
  }

  gone(tab: Tab): void {
    this.#drop((one) => one.tab === tab)
  }

  #drop(isGone: (ear: Ear) => boolean): void {
    this.#ears = this.#ears.filter((one) => !isGone(one))
  }
}
