import type { Env } from '@rowkeep/kernel'
import type { ServerLimits } from './limits.ts'
import { type LiveStream, liveStream } from './live.ts'

/** The live streams that are open. */
export interface Streams {
  /** The answer that is a stream; `undefined` when there are too many, or none may be opened any more. */
  open(signal: AbortSignal, listen: (poke: () => void) => () => void): Response | undefined
  /** Ends them all; opens none from now on. */
  close(): void
}

/** No streams yet, and a bound on how many. */
export function createStreams(env: Env, limits: Pick<ServerLimits, 'streams' | 'streamMs'>): Streams {
  const open = new Set<LiveStream>()
  let closed = false
  return {
    open(signal, listen) {
      if (closed || open.size >= limits.streams || signal.aborted) return undefined
      const ended = (): void => void open.delete(stream)
      const stream = liveStream({ env, signal, lastsMs: limits.streamMs, listen, ended })
      open.add(stream)
      return stream.response
    },
    close() {
      closed = true
      for (const stream of [...open]) stream.end()
    },
  }
}
