import type { PluginHost } from '../client/options.ts'
import type { Env } from '../env/env.ts'
import { invalidConfig } from '../errors/sync-error.ts'

/** The environment of the clients that a plugin was added to. */
export interface BorrowedEnv {
  /** Takes the client's environment; the result gives it back. @throws SyncError `SYNC_CONFIG_INVALID` */
  readonly setup: (host: PluginHost) => () => void
  /** @throws SyncError `SYNC_CONFIG_INVALID` for a plugin whose `setup` never ran */
  readonly env: () => Env
}

/**
 * Middleware is not told which client it serves, so a plugin keeps what `setup` gave it. Clients of one environment may share
 * the plugin; one of another environment, whose clock and timers are others, is refused. `idle` runs when the last one lets go.
 */
export function borrowEnv(name: string, idle: () => void = () => {}): BorrowedEnv {
  let borrowed: Env | undefined
  let holders = 0
  return {
    setup: ({ env }) => {
      if (holders > 0 && env !== borrowed) {
        throw invalidConfig(`${name}() serves a client with another env already: make one for each`)
      }
      borrowed = env
      holders += 1
      return () => {
        holders -= 1
        if (holders === 0) idle()
      }
    },
    env: () => {
      if (borrowed) return borrowed
      throw invalidConfig(`${name}() was not set up: give the plugin to a client whole, by "use"`)
    },
  }
}
