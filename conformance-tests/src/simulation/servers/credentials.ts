import { SyncError } from '@rowkeep/kernel'
import type { World } from '../world.ts'

/** Whose a request is, by its credentials. */
export interface Caller {
  readonly user: string
  readonly device: string
}

/** What is shown to the server to be let in. */
interface Token extends Caller {
  isGood: boolean
}

const keyOf = ({ user, device }: Caller): string => `${device} ${user}`

/**
 * Who is signed in where. A request is sent with whatever credentials its tab has then, as with the session of a vendor's client;
 * the server tells by them whose it is.
 */
export class Credentials {
  readonly #world: World
  readonly #tokens = new Map<string, Token>()
  /** By user and device until when nothing can be renewed, ms of the history. */
  readonly #signedOut = new Map<string, number>()

  constructor(world: World) {
    this.#world = world
  }

  /** What is sent along now. */
  of(caller: Caller): Token {
    const token = this.#tokens.get(keyOf(caller))
    if (token) return token
    this.signIn(caller)
    return this.of(caller)
  }

  /** @throws SyncError `SYNC_AUTH_REQUIRED` for none and such as have run out, `SYNC_USER_MISMATCH` for those of somebody else */
  check({ user, device, isGood }: Token, named: string): Caller {
    if (!isGood || !user) throw new SyncError('SYNC_AUTH_REQUIRED')
    if (user !== named) throw new SyncError('SYNC_USER_MISMATCH')
    return { user, device }
  }

  /** The credentials run out; for `ms` they cannot be renewed. */
  expire(caller: Caller, ms: number): void {
    this.of(caller).isGood = false
    this.#signedOut.set(keyOf(caller), this.#world.loop.now + ms)
  }

  /** Renews them where that can be done; else `false`. */
  renew(caller: Caller): boolean {
    if (this.#world.faulty && this.#world.loop.now < (this.#signedOut.get(keyOf(caller)) ?? 0)) return false
    this.signIn(caller)
    return true
  }

  /** New credentials. */
  signIn({ user, device }: Caller): void {
    this.#tokens.set(keyOf({ user, device }), { user, device, isGood: true })
  }
}
