/** What can happen to the messages of a channel that stays open. */
export type FrameFault = 'silence' | 'duplicate' | 'early' | 'reordered' | 'partial' | 'dropped' | 'oversize'

/** What a channel can do with its messages, whatever carries them. */
export interface Carrier<F> {
  readonly deliver: (frame: F) => void
  /** The message with a part of it missing, or in several. */
  readonly parts: (frame: F) => readonly F[]
  /** The message with a megabyte around it that means nothing. */
  readonly padded: (frame: F) => F
  readonly close: () => void
}

/** The channels of a device, and the fault that their messages meet. */
export class Channels {
  /** Messages that told of a change. */
  told = 0
  struck = 0
  readonly #open = new Set<() => void>()
  #fault: FrameFault | undefined
  #times = 0
  #held: (() => void) | undefined
  #repeat: (() => void) | undefined

  arm(fault: FrameFault | undefined, times: number): void {
    this.#fault = fault
    this.#times = times
    this.struck = 0
  }

  heal(): void {
    this.#fault = undefined
    this.#release()
  }

  /** Registers a channel by what breaks it; the result is called when it is over. */
  opened(close: () => void): () => void {
    this.#open.add(close)
    return () => this.#open.delete(close)
  }

  /** Breaks every channel. */
  drop(): void {
    for (const close of [...this.#open]) close()
  }

  /** A message that tells of a change before the change is there: the last one once more. */
  tellEarly(): void {
    if (this.#fault === 'early') this.#repeat?.()
  }

  /** Takes a message on its way to the device. */
  pass<F>(frame: F, tells: boolean, carrier: Carrier<F>): void {
    const { deliver } = carrier
    if (tells) {
      this.told += 1
      this.#repeat = () => deliver(frame)
    }
    // Where a channel is silent it gives no other sign of life either, until it is well again.
    if (this.#fault === 'silence') this.struck += 1
    else if (tells && this.#fault && this.struck < this.#times) this.#strike(frame, carrier)
    else {
      deliver(frame)
      // When the device has taken in what it overtook: else nobody could see the older state come after the newer one.
      if (tells && this.#held) setTimeout(() => this.#release(), 10)
    }
  }

  #release(): void {
    const held = this.#held
    this.#held = undefined
    held?.()
  }

  #strike<F>(frame: F, { deliver, parts, padded, close }: Carrier<F>): void {
    const fault = this.#fault
    this.struck += 1
    if (fault === 'duplicate') for (const one of [frame, frame]) deliver(one)
    else if (fault === 'partial') for (const part of parts(frame)) deliver(part)
    else if (fault === 'oversize') deliver(padded(frame))
    else if (fault === 'dropped') close()
    else if (fault === 'reordered') {
      const before = this.#held
      this.#held = () => deliver(frame)
      before?.()
    }
  }
}
