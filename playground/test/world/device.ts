import { setImmediate, setTimeout } from 'node:timers/promises'
import type { Backend } from '@rowkeep/conformance-tests'
import {
  createSyncClient,
  type RemoteAdapter,
  type RemoteCapabilities,
  record,
  type Status,
  type SyncClient,
  type SyncClientOptions,
} from '@rowkeep/kernel'
import { quarantine } from '@rowkeep/kernel/inbox'
import type { WorldBackend } from './backends.ts'
import { type Calls, counted } from './calls.ts'
import { type DeviceClock, deviceClock } from './clock.ts'
import type { Network } from './network.ts'

/** A row of the scenes. */
export interface Note {
  readonly id: string
  /** Says which write it is of: no two writes give the same. */
  readonly title: string
  readonly n?: number | null
  readonly tags?: readonly string[] | null
}

const collections = { notes: record<Note>() }

type Client = SyncClient<typeof collections>
export type Notes = Client['collections']['notes']

/** Small requests and pages, so that a fault can hit the middle of several. */
const small =
  (live: boolean) =>
  ({ limits, ...rest }: RemoteCapabilities): RemoteCapabilities => ({
    ...rest,
    ...(live ? {} : { live: 'none' }),
    limits: { ...limits, operations: Math.min(limits.operations, 2), pageRows: 3 },
  })

/** The real client over the real adapter of a backend. */
export interface WorldDevice {
  readonly client: Client
  readonly notes: Notes
  readonly clock: DeviceClock
  readonly calls: Calls
  /** How long after the opening of a channel the client pulls once more, ms. */
  readonly settleMs: number
  status(): Status
  /** Lets everything go on that needs no timer of the device. */
  calm(): Promise<void>
  /** Lets time pass until `done`, signing in again where it has to. */
  until(done: () => unknown, what: string): Promise<void>
}

/** How a scene differs from the plain device. */
export interface DeviceOptions {
  /** Whether it listens. */
  readonly live: boolean
  /** Stands between client and adapter: how the oracles are tried. */
  readonly planted?: (remote: RemoteAdapter) => RemoteAdapter
  /** Other options of the client. */
  readonly client?: Partial<SyncClientOptions<typeof collections>>
}

// More timers than any wait here needs, back-off at its longest included.
const patience = 150

/** Lets everything go on that needs no timer of the device: calls under way end, answers are taken in. */
async function rest(calls: Calls, network: Network): Promise<void> {
  for (let quiet = 0, last = -1, turns = 0; quiet < 4 && turns < 20_000; turns += 1) {
    const waits = calls.open() > 0 && !(network.hangs() && turns > 40)
    quiet = waits || calls.begun() !== last ? 0 : quiet + 1
    last = calls.begun()
    await (turns % 4 === 3 ? setTimeout(1) : setImmediate())
  }
}

export function worldDevice(
  kind: WorldBackend,
  backend: Backend,
  network: Network,
  { live, planted = (remote) => remote, client: options }: DeviceOptions,
): WorldDevice {
  const clock = deviceClock()
  const token = (): string => 'token-of-ada'
  const adapter = planted(kind.harness.adapter(backend, { user: 'ada', token, env: clock.env }))
  const { remote, calls } = counted(adapter, small(live))
  const client = createSyncClient({ collections, remote, user: 'ada', env: clock.env, sync: 'manual', ...options })
  const status = (): Status => {
    const now = client.status.getSnapshot()
    if (!now) throw new Error('the client is not open yet')
    return now
  }
  return {
    client,
    notes: client.collections.notes,
    clock,
    calls,
    settleMs: remote.capabilities.limits.settleMs,
    status,
    calm: () => rest(calls, network),
    async until(done, what) {
      for (let step = 0; step < patience; step += 1) {
        await rest(calls, network)
        if (await done()) return
        if (status().state === 'authRequired') await client.start()
        else clock.next()
      }
      const { state, pending, writes, error } = status()
      const list = quarantine(client).getSnapshot()
      throw new Error(
        `${what} did not come about: ${JSON.stringify({ state, pending, writes, error, quarantined: list?.length })}`,
      )
    },
  }
}
