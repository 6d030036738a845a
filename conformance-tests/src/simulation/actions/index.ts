import type { ActKind } from './act.ts'
import { pause, restart, resume, start, stop, synchronize } from './control.ts'
import { disconnectStore, evict, fillDisk, losePower, spoil } from './storage.ts'
import { closeTab, freeze, killTab, openTab, suspend } from './tabs.ts'
import { crash, offline } from './trouble.ts'
import { clearData, signOut, switchUser } from './users.ts'
import { append, remove, save } from './writes.ts'

/** Every kind of act, by the name that histories know it by. */
export const acts: Readonly<Record<string, ActKind>> = {
  save,
  append,
  remove,
  offline,
  crash,
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
  fillDisk,
  disconnectStore,
  losePower,
  evict,
  spoil,
}
