export { type ConflictInbox, conflicts, type ParkedConflict } from './conflicts.ts'
export { type Quarantine, type QuarantinedWrite, quarantine, type RefusedChange } from './quarantine.ts'
export { type UnreadableRow, unreadable } from './unreadable.ts'
