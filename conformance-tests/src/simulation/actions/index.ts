import type { ActKind } from './act.ts'
import { crash, offline } from './trouble.ts'
import { append, remove, save } from './writes.ts'

/** Every kind of act, by the name that histories know it by. */
export const acts: Readonly<Record<string, ActKind>> = { save, append, remove, offline, crash }
