import type { ActKind } from './act.ts'
import {
  expireCursors,
  expireToken,
  foreignRemove,
  foreignSave,
  jamRecord,
  leaveScope,
  refusePair,
  refuseRecord,
  restoreBackup,
  setServerClock,
  shutCollection,
} from './backend.ts'
import { pause, restart, resume, start, stop, synchronize } from './control.ts'
import {
  burst,
  conditional,
  conditionalMissed,
  createMany,
  edit,
  hostileText,
  put,
  recreate,
  remoteFirst,
  settled,
} from './edits.ts'
import { correct, decide } from './people.ts'
import { ask, look } from './reads.ts'
import { disconnectStore, evict, fillDisk, losePower, spoil } from './storage.ts'
import { closeTab, freeze, killTab, openTab, suspend } from './tabs.ts'
import { transfer } from './transactions.ts'
import { clockJump, crash, offline, outage } from './trouble.ts'
import { openOld, upgrade } from './upgrades.ts'
import { clearData, signInAgain, signOut, switchUser } from './users.ts'
import { append, refer, remove, save } from './writes.ts'

/** Acts that come in directed histories only. */
const directedActs: Readonly<Record<string, ActKind>> = { conditionalMissed, jamRecord, refusePair }

/** The kinds of acts that seeds pick from, by the name that histories know them by. */
export const acts: Readonly<Record<string, ActKind>> = {
  save,
  append,
  remove,
  refer,
  edit,
  put,
  createMany,
  burst,
  recreate,
  conditional,
  remoteFirst,
  hostileText,
  settled,
  transfer,
  decide,
  correct,
  offline,
  outage,
  crash,
  clockJump,
  openTab,
  closeTab,
  killTab,
  freeze,
  suspend,
  start,
  stop,
  pause,
  resume,
  synchronize,
  restart,
  switchUser,
  signOut,
  clearData,
  signInAgain,
  upgrade,
  openOld,
  look,
  ask,
  fillDisk,
  disconnectStore,
  losePower,
  evict,
  spoil,
  foreignSave,
  foreignRemove,
  leaveScope,
  expireCursors,
  restoreBackup,
  refuseRecord,
  shutCollection,
  expireToken,
  setServerClock,
}

/** Every kind of act. */
export const everyAct: Readonly<Record<string, ActKind>> = { ...acts, ...directedActs }
