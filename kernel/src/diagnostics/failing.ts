import type { Opened } from '../client/host.ts'
import { defined } from '../env/json.ts'
import type { SyncError } from '../errors/sync-error.ts'
import type { Traffic } from './traffic.ts'

/** How an operation fared that is tried again. */
export interface TryOf {
  readonly attempts: number
  readonly error: SyncError
  /** Absent: nothing is timed. */
  readonly nextAt?: number
}

/** When something is tried next by itself; `undefined`: nothing is timed, or nothing is tried without a network. */
export const nextTryOf = ({ engine }: Opened): number | undefined =>
  engine?.work.env.online.now() ? engine.nextAt : undefined

/** How the tries of an operation failed so far; `undefined`: none did, or none since it was made anew. */
export function failureOf(traffic: Traffic, opened: Opened, opId: string): TryOf | undefined {
  const booked = opened.engine?.work.failures.get(opId)
  const seen = traffic.failing.get(opId)
  const error = booked?.error ?? seen?.error
  if (!error) return undefined
  const attempts = Math.max(booked?.count ?? 0, seen?.attempts ?? 0)
  const waits = booked && booked.since + booked.waitMs
  const cycle = nextTryOf(opened)
  const nextAt = cycle === undefined ? undefined : Math.max(cycle, waits ?? 0)
  return defined<TryOf>({ attempts, error, nextAt })
}
