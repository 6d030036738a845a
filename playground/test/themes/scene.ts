import { behind, type Fault } from '@rowkeep/conformance-tests/faults'
import type { Status } from '@rowkeep/kernel'
import { expect, test } from 'vitest'
import type { WorldBackend } from '../world/backends.ts'
import type { DeviceOptions, WorldDevice } from '../world/device.ts'
import type { Strike } from '../world/network.ts'
import { openStage, type Stage, settle } from '../world/stage.ts'

/** A complaint that users of other engines make again and again, as scenes before one backend. */
export type Theme = (kind: WorldBackend) => void

/** A test with a stage of its own, on which a device has what somebody else wrote before. */
export function scene(
  title: string,
  kind: WorldBackend,
  play: (stage: Stage) => Promise<void>,
  options: Partial<DeviceOptions> = {},
): void {
  test(title, { timeout: 60_000 }, async () => {
    const stage = await openStage(kind, { live: false, ...options })
    try {
      for (const id of ['r1', 'r2', 'r3']) await stage.write({ id, title: id, n: 1 })
      await stage.device.client.start()
      await settle(stage)
      await play(stage)
    } finally {
      await stage.close()
    }
  })
}

/** Each of these faults in turn, then none; statuses are worded as the backend words them. */
export function inTurn(...faults: readonly Fault[]): Strike {
  let at = 0
  return (request, server, { wording, hang }) => {
    const fault = faults[at++]
    if (fault?.kind === 'silence') return hang()
    const body = fault?.kind === 'status' ? wording?.(fault.status) : undefined
    return behind(body && fault?.kind === 'status' ? { ...fault, body } : fault, server)(request)
  }
}

/** Everything that a status says of the writes adds up. */
export function expectAccounted({ pending, writes: { accepted, ...ended } }: Status): void {
  const found = Object.values(ended).reduce((sum, count) => sum + count, pending)
  expect(found, 'writes that are on their way or have ended').toBe(accepted)
}

/** Looks at every status that the device shows from now on. */
export function everyStatus({ client }: WorldDevice, look: (status: Status) => void): void {
  client.status.subscribe(look)
}

/** Writes while the device believes that there is no network. */
export async function offline({ clock }: WorldDevice, work: () => Promise<unknown>): Promise<void> {
  clock.setOnline(false)
  await work()
}
