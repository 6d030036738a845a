import { type RecordState, recordState } from '@rowkeep/kernel/diagnostics'
import { conflicts, quarantine } from '@rowkeep/kernel/inbox'
import { expect } from 'vitest'
import type { WorldDevice } from '../world/device.ts'
import { settle } from '../world/stage.ts'
import { inTurn, offline, scene, type Theme } from './scene.ts'

const failures = Array.from({ length: 100 }, () => ({ kind: 'drop' }) as const)

type State = RecordState['state']

/** Every state that a record shows, one after the other. */
function statesOf(device: WorldDevice, id: string): readonly State[] {
  const states: State[] = []
  recordState(device.notes, id).subscribe(({ state }) => {
    if (states.at(-1) !== state) states.push(state)
  })
  return states
}

const stateOf = (device: WorldDevice, id: string): State | undefined =>
  recordState(device.notes, id).getSnapshot()?.state

/** Nobody can say how one record stands. */
export const recordStates: Theme = (kind) => {
  scene('T4: a record shows each step of its way to the server', kind, async (stage) => {
    const { device, diary, network } = stage
    const [r1, r3, c1] = ['r1', 'r3', 'c1'].map((id) => statesOf(device, id))
    await offline(device, () => diary.edit('r1'))
    // A vendor's client may try again by itself.
    network.plan({ column: 'push', skip: 0, times: 100, strike: inTurn(...failures) })
    device.clock.setOnline(true)
    await device.until(() => stateOf(device, 'r1') === 'failed', 'the failure')
    await network.heal()
    await settle(stage)
    await diary.create('c1')
    await settle(stage)
    expect(r1).toEqual(['synced', 'pending', 'sending', 'failed', 'sending', 'synced'])
    expect(c1).toEqual(['absent', 'pending', 'sending', 'synced'])
    expect(r3, 'a record that nobody touched').toEqual(['synced'])
  })

  scene('T4: a record shows that it was refused, and that it waits for a person', kind, async (stage) => {
    const { device, place } = stage
    await place.backend.forbid?.('notes', 'r1')
    await offline(device, async () => {
      await device.notes.update('r1', { title: 'refused' })
      await device.notes.update('r2', { title: 'still needed' })
    })
    await stage.remove('r2')
    device.clock.setOnline(true)
    await device.until(() => device.status().pending === 0, 'both ends')
    expect(stateOf(device, 'r1')).toBe('quarantined')
    expect(stateOf(device, 'r2')).toBe('conflict')
    expect(stateOf(device, 'r3')).toBe('synced')
    await quarantine(device.client).discard(quarantine(device.client).getSnapshot()?.[0]?.id ?? '')
    await conflicts(device.client).resolve(conflicts(device.client).getSnapshot()?.[0]?.id ?? '', 'remote')
    await settle(stage)
    expect([stateOf(device, 'r1'), stateOf(device, 'r2')]).toEqual(['synced', 'absent'])
  })
}
