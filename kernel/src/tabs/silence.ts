/** A tab that answers nothing for so long, of the time that the asking tab itself was awake, is taken for frozen, ms. */
export const leaseMs = 10_000

/** How often it is asked in that time. */
const questions = 4

/** Time between two questions, ms. */
export const askMs: number = leaseMs / questions

/** Who has left how many questions in a row without an answer. No clock is read: a tab that was asleep asked nothing meanwhile. */
export class Silence {
  readonly #missed = new Map<string, number>()

  heard(name: string): void {
    this.#missed.delete(name)
  }

  /** These are being waited for, and are asked once more; nobody else is. The result: who is now taken for frozen. */
  ask(names: ReadonlySet<string>): readonly string[] {
    for (const name of this.#missed.keys()) if (!names.has(name)) this.#missed.delete(name)
    return [...names].filter((name) => {
      const missed = (this.#missed.get(name) ?? 0) + 1
      this.#missed.set(name, missed)
      return missed === questions + 1
    })
  }

  /** Whether it left a whole lease of questions without an answer. */
  isLong(name: string): boolean {
    return (this.#missed.get(name) ?? 0) > questions
  }
}
