import { isSyncError } from '@rowkeep/kernel'
import { type SwitchStrategy, switchUser } from '@rowkeep/kernel/users'
import type { Tab } from './tab.ts'

/** A switch that was refused: whoever was signed in still is. */
const isRefusal = (error: unknown): boolean =>
  (['SYNC_UNSYNCED', 'SYNC_ABORTED', 'SYNC_INPUT_INVALID', 'SYNC_CLOSED'] as const).some((code) =>
    isSyncError(error, code),
  )

/** How soon an app tries again to sign in after its store failed, ms. */
const againMs = 500

/** Who is signed in in one tab. */
export class Account {
  /** Whose credentials the requests of the tab have; `''`: there are none. */
  user: string
  /** Whose data what is written from now on becomes; `undefined`: nobody's, or nobody can tell. */
  writes: string | undefined
  readonly #tab: Tab
  #stays: string
  #underWay = 0

  constructor(tab: Tab, user: string) {
    this.#tab = tab
    this.user = user
    this.writes = user || undefined
    this.#stays = user
  }

  /** Whose data the client shows; `''`: nobody's; `undefined`: it is being switched. */
  get shown(): string | undefined {
    return this.#underWay === 0 ? this.#stays : undefined
  }

  /** Signs in, or with `''` out. Where nothing is done first, the session of the backend is changed before the client's user is. */
  async become(user: string, how: SwitchStrategy): Promise<void> {
    const { client, world, name } = this.#tab
    if (!client) {
      if (user) this.#begin(user)
      return
    }
    const isAtOnce = !how.prepare && this.#underWay === 0
    this.#underWay += 1
    this.writes = isAtOnce ? user || undefined : undefined
    if (isAtOnce) this.#signIn(user)
    world.diary.tell({ kind: 'switching', tab: name, user, how: how.name })
    const error = await switchUser(client, user || undefined, how).then(
      () => undefined,
      (thrown: unknown) => thrown ?? new Error('no reason'),
    )
    const from = this.#stays
    if (!error) this.#stays = user
    // Where the store failed before anything was done, the user stays too. Which it was the status says: nobody has no store.
    else if (!isRefusal(error) && client.status.getSnapshot()?.durability === 'none') this.#stays = ''
    this.#underWay -= 1
    world.diary.tell({ kind: 'switched', tab: name, user: this.#stays, from, error })
    if (this.#underWay > 0 || !this.#tab.usable) return
    if (error && !isRefusal(error)) this.#tab.deliver(againMs, 'sign in again', () => void this.become(user, how))
    this.#settle()
  }

  /** New credentials, or with `''` none. */
  #signIn(user: string): void {
    const { world, device } = this.#tab
    this.user = user
    if (user) world.site.signIn?.(device, user)
  }

  #begin(user: string): void {
    this.#signIn(user)
    this.#stays = this.writes = user
    this.#tab.open()
  }

  /** Nobody waits for a switch any more. */
  #settle(): void {
    const { client, stopped } = this.#tab
    const hadOthers = this.user !== this.#stays
    if (hadOthers) this.#signIn(this.#stays)
    this.writes = this.#stays || undefined
    // It may have met the other user's credentials meanwhile.
    if (client && hadOthers && this.#stays && !stopped) void this.#tab.call('start', client.start())
    this.#tab.show()
  }
}
