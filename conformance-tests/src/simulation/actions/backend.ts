import type { SyncErrorCode } from '@rowkeep/kernel'
import type { Collection } from '../devices/app.ts'
import type { Device } from '../devices/device.ts'
import type { Step } from '../history/history.ts'
import type { Site } from '../servers/site.ts'
import { pick } from '../time/chance.ts'
import type { ActKind } from './act.ts'
import { idOf, someRecord } from './writing.ts'

/** A record of whoever uses the device, as the backend knows it. */
interface Subjected {
  readonly site: Site
  readonly user: string
  readonly collection: Collection
  readonly id: string
}

/** Does something to the record of the step; with `own` it may be the one that the device alone appends to. */
function at(device: Device, { act }: Step, work: (about: Subjected) => Promise<void> | undefined): unknown {
  const { site } = device.world
  const user = device.user || device.lastUser
  const { collection, record, own } = act as unknown as { collection: Collection; record: number; own?: boolean }
  const id = own ? `${user}-of-${device.name}` : idOf(user, record)
  return work({ site, user, collection, id }) ?? 'skipped'
}

const anyRecord: ActKind['make'] = (random, setup) => ({ ...someRecord(random, setup), own: random('own') < 0.3 })

/** Somebody else writes the record, whether it is there or not. */
export const foreignSave: ActKind = {
  weight: 3,
  make: anyRecord,
  run: (device, step) =>
    at(device, step, ({ site, user, collection, id }) => site.write(user, collection, { id, title: `f${step.id}` })),
}

/** Somebody else deletes the record. */
export const foreignRemove: ActKind = {
  weight: 1.5,
  make: someRecord,
  run: (device, step) => at(device, step, ({ site, user, collection, id }) => site.remove(user, collection, id)),
}

/** The record leaves the user's scope, and comes back some time later. */
export const leaveScope: ActKind = {
  weight: 1.5,
  make: (random, setup) => ({ ...anyRecord(random, setup), ms: Math.floor(random('ms') * 6_000) }),
  run: (device, step) =>
    at(device, step, ({ site, user, collection, id }) => {
      if (!site.promises.evictions || !site.readmit) return undefined
      const { diary, loop } = device.world
      const record = { user, collection, id }
      loop.plan(step.act['ms'] as number, `return ${step.id}`, () => {
        diary.tell({ kind: 'returned', ...record })
        void site.readmit?.(user, collection, id)
      })
      diary.tell({ kind: 'left', ...record })
      return site.evict?.(user, collection, id)
    }),
}

/** Every cursor given out so far becomes too old. */
export const expireCursors: ActKind = {
  weight: 1,
  make: () => ({}),
  run: ({ world: { site } }) => (site.expire ? site.expire() : 'skipped'),
}

/** The backend goes back to a backup: some commits are as if they had never been. */
export const restoreBackup: ActKind = {
  weight: 0.7,
  make: (random) => ({ commits: 1 + Math.floor(random('commits') * 4) }),
  run: ({ world: { site } }, { act }) => (site.restore ? site.restore(act['commits'] as number) : 'skipped'),
}

const refusals: readonly SyncErrorCode[] = ['SYNC_REJECTED', 'SYNC_FORBIDDEN', 'SYNC_NOT_VISIBLE']

/** From now on writes to the record are refused for good. */
export const refuseRecord: ActKind = {
  weight: 1,
  make: (random, setup) => ({ ...anyRecord(random, setup), code: pick(refusals, random('code')) }),
  run: (device, step) =>
    at(device, step, ({ site, user, collection, id }) =>
      site.forbid?.(user, collection, id, step.act['code'] as SyncErrorCode),
    ),
}

/** From now on writes to one half of a transaction are refused for good. */
export const refusePair: ActKind = {
  weight: 2,
  make: (random, setup) => ({
    ...someRecord(random, setup),
    record: Math.floor(random('record') * 2),
    code: pick(refusals, random('code')),
  }),
  run(device, { act }) {
    const { site } = device.world
    const { collection, record, code } = act as unknown as {
      collection: Collection
      record: number
      code: SyncErrorCode
    }
    const user = device.user || device.lastUser
    return site.forbid?.(user, collection, `${user}-pair-${record}`, code) ?? 'skipped'
  },
}

/** Until the faults end the server never has time for writes to the record. */
export const jamRecord: ActKind = {
  weight: 2,
  make: someRecord,
  run: (device, step) =>
    at(device, step, ({ site, collection, id }) => site.jam && Promise.resolve(site.jam(collection, id))),
}

/** For a while the user may not read a collection. */
export const shutCollection: ActKind = {
  weight: 1,
  make: (random, setup) => ({ ...someRecord(random, setup), ms: Math.floor(random('ms') * 6_000) }),
  run: (device, step) =>
    at(device, step, ({ site, user, collection }) => site.shut?.(user, collection, step.act['ms'] as number)),
}

/** The user's credentials on the device run out; for a while they cannot be renewed, then the user signs in again. */
export const expireToken: ActKind = {
  weight: 1.5,
  make: (random) => ({ ms: random('fails') < 0.5 ? 0 : Math.floor(random('ms') * 4_000) }),
  run(device, { id, act }) {
    const { site, loop } = device.world
    const { user } = device
    if (!user || !site.expireToken) return 'skipped'
    const ms = act['ms'] as number
    loop.plan(ms + 500, `sign in anew ${id}`, () => {
      site.signIn?.(device, user)
      for (const tab of device.tabs) {
        const { client, account, stopped, usable } = tab
        if (client && usable && !stopped && account.shown === user) void tab.call('start', client.start())
      }
    })
    return site.expireToken(device, user, ms)
  },
}

/** The server's clock goes wrong. */
export const setServerClock: ActKind = {
  weight: 0.7,
  make: (random) => ({ ms: Math.round((random('ms') * 2 - 1) * pick([3_000, 86_400_000], random('size'))) }),
  run: ({ world: { site } }, { act }) => (site.setClock ? site.setClock(act['ms'] as number) : 'skipped'),
}
