import type { Space } from './space.ts'

/**
 * A key that only takes up room. On a full medium it is given up for commits that remove, because an outbox can drain only by
 * adding commits; it is made again when there is room.
 */
export class Reserve {
  readonly #space: Space
  readonly #characters: number
  #held = false

  constructor(space: Space, characters: number) {
    this.#space = space
    this.#characters = characters
  }

  /** True when it was given up, or could not be made. */
  get missing(): boolean {
    return this.#characters > 0 && !this.#held
  }

  /** Longest commit that sets anything and may still use it, in characters. */
  get smallCharacters(): number {
    return this.#characters / 4
  }

  /** Makes it if there is room. A store works without its reserve, so that is not worth an error: it is tried again later. */
  async restore(): Promise<void> {
    if (!this.missing) return
    try {
      const { random } = this.#space.ground.env
      // Random: a database that compresses would keep a pattern in no room at all.
      let text = ''
      while (text.length < this.#characters) text += random().toString(36).slice(2)
      if ((await this.#space.get('reserve')) === null) await this.#space.put('reserve', text.slice(0, this.#characters))
      this.#held = true
    } catch {
      this.#held = false
    }
  }

  /** Gives it up. True if that freed anything. */
  async release(): Promise<boolean> {
    if (!this.#held) return false
    this.#held = false
    try {
      await this.#space.remove('reserve')
      return true
    } catch {
      // The commit then fails for the reason it failed before: that is the error to tell.
      return false
    }
  }
}
