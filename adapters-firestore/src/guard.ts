import { unsentError, WireError } from './errors.ts'

/**
 * Knows whether the rules refuse a mark that is written a second time. Open rules, which a new project may have, take it, and
 * then nothing else that the adapter promises holds either.
 */
export class Guard {
  #state: 'unknown' | 'asking' | 'stands' | 'missing' = 'unknown'

  /** @throws WireError `SYNC_CONFIG_INVALID` where the rules are known to be missing */
  mustStand(): void {
    if (this.#state !== 'missing') return
    const command = 'npx @rowkeep/adapters-firestore <collection>...'
    throw unsentError(
      'SYNC_CONFIG_INVALID',
      `the database takes an operation twice: deploy the rules that ${command} prints`,
    )
  }

  /** Tries what must be refused, until that was answered once. It changes nothing where it is not refused either. */
  async prove(writeAgain: () => Promise<void>): Promise<void> {
    if (this.#state !== 'unknown') return
    this.#state = 'asking'
    try {
      await writeAgain()
      this.#state = 'missing'
    } catch (thrown) {
      // Any other failure says nothing of the rules.
      this.#state = thrown instanceof WireError && thrown.code === 'SYNC_FORBIDDEN' ? 'stands' : 'unknown'
    }
  }
}
