import type { Json } from './json.ts'

/**
 * Everything non-deterministic a client needs, given as one value so that a test or a simulation can replace it whole.
 * Store and adapters get it too (`StoreSpec.env`, `CallContext.env`); they use no clock, timer or network of their own.
 */
export interface Env {
  /** Milliseconds since the epoch on the device's clock. It may jump; nothing but display and back-off depends on it. */
  now(): number
  /** Runs `run` once after `ms` milliseconds; calling the result cancels. */
  setTimer(ms: number, run: () => void): () => void
  /** A number in [0, 1). */
  random(): number
  /** A new random UUID (RFC 9562, version 4). */
  uuid(): string
  /** The platform's `fetch`. Adapters use this one, so that request middleware and fault injection see every call. */
  readonly fetch: typeof globalThis.fetch
  /** Whether the platform believes it is online. Only a hint: a request is still tried on `synchronize()`. */
  readonly online: { readonly now: () => boolean; watch(listener: (online: boolean) => void): () => void }
  /**
   * Locks across tabs (Web Locks). Holds `name` until `body` settles, and settles as it does; a tab that goes lets go its locks.
   * `shared`: others may hold it so at the same time, nobody exclusively. `wait: false`: where it is taken, rejects without
   * calling `body`. Absent where the platform has none.
   */
  readonly locks?: {
    hold<T>(
      name: string,
      body: () => Promise<T>,
      how?: { readonly wait?: boolean; readonly shared?: boolean },
    ): Promise<T>
  }
  /** Messages between tabs; not heard by the channel that posts them. Absent where the platform has none. */
  readonly broadcast?: (
    channel: string,
    listener: (message: Json) => void,
  ) => { post(message: Json): void; close(): void }
}

const { navigator: device, BroadcastChannel: Channel } = globalThis as Partial<typeof globalThis>
const locks = device?.locks

/** The platform's own clock, timers, randomness, network and online state. */
export const platformEnv: Env = {
  now: () => Date.now(),
  setTimer: (ms, run) => {
    // A longer delay would not be waited for at all (HTML timers, and Node's, are 32 bit).
    const timer = setTimeout(run, Math.min(ms, 2 ** 31 - 1))
    return () => clearTimeout(timer)
  },
  random: () => Math.random(),
  uuid: () => crypto.randomUUID(),
  fetch: (input, init) => fetch(input, init),
  online: {
    now: () => device?.onLine !== false,
    watch: (listener) => {
      const target = globalThis as Partial<EventTarget>
      const over = new AbortController()
      for (const type of ['online', 'offline']) {
        target.addEventListener?.(type, () => listener(type === 'online'), over)
      }
      return () => over.abort()
    },
  },
  ...(locks && {
    locks: {
      hold: (name, body, how) =>
        locks.request(
          name,
          { mode: how?.shared ? 'shared' : 'exclusive', ifAvailable: how?.wait === false },
          (lock) => {
            if (lock) return body()
            throw new Error(name)
          },
        ),
    },
  }),
  ...(Channel && {
    broadcast: (name, listener) => {
      const channel: BroadcastChannel & { unref?(): void } = new Channel(name)
      channel.onmessage = ({ data }) => listener(data)
      // Node would wait for messages for ever.
      channel.unref?.()
      return Object.assign(channel, { post: channel.postMessage })
    },
  }),
}
