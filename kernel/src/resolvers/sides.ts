import { invalidConfig } from '../errors/sync-error.ts'
import { checkOptions } from '../middleware/options.ts'

/**
 * What becomes of a record that one side deleted and the other changed. `ask`: it goes to the conflict inbox · `local`,
 * `remote`: what that side did · `edit`: the changed record stays, or comes back · `delete`: it stays deleted.
 */
export type DeleteRule = 'ask' | 'local' | 'remote' | 'edit' | 'delete'

/** Any conflict, whatever its records are. */
export interface AnyConflict {
  readonly base: object | null
  readonly local: object | null
  readonly remote: object | null
  readonly fields: readonly string[]
}

/** An answer that names no record. */
export type Choice = 'local' | 'remote' | 'delete' | 'ask'

const rules: readonly DeleteRule[] = ['ask', 'local', 'remote', 'edit', 'delete']

/** Refuses a rule that is none. @throws SyncError `SYNC_CONFIG_INVALID` */
export function checkDeleteRule(resolver: string, rule: unknown): void {
  if (!rules.includes(rule as DeleteRule)) {
    throw invalidConfig(`${resolver}(): deletes must be one of ${rules.join(', ')}`)
  }
}

/** The answer for a delete against an edit; `undefined`: both sides have a record. */
export function ruleOnDelete(rule: DeleteRule, { local, remote }: AnyConflict): Choice | undefined {
  if (local && remote) return undefined
  if (rule !== 'edit') return rule
  return local ? 'local' : 'remote'
}

/** What {@link localWins} and {@link remoteWins} can be given. */
export interface SideOptions {
  /** A delete against an edit. Default: what the winning side did. */
  readonly deletes?: DeleteRule
}

function sideWins(resolver: string, side: 'local' | 'remote', options: SideOptions): (conflict: AnyConflict) => Choice {
  checkOptions(resolver, options, ['deletes'])
  const { deletes = side } = options
  checkDeleteRule(resolver, deletes)
  return (conflict) => ruleOnDelete(deletes, conflict) ?? side
}

/**
 * A resolver: at fields changed on both sides the value of this device. What it deleted stays deleted, and what it changed comes
 * back, unless `deletes` says otherwise.
 * @throws SyncError `SYNC_CONFIG_INVALID`
 */
export const localWins = (options: SideOptions = {}): ((conflict: AnyConflict) => Choice) =>
  sideWins('localWins', 'local', options)

/**
 * A resolver: at fields changed on both sides the server's value. What the server deleted stays deleted, and what it has comes
 * back, unless `deletes` says otherwise.
 * @throws SyncError `SYNC_CONFIG_INVALID`
 */
export const remoteWins = (options: SideOptions = {}): ((conflict: AnyConflict) => Choice) =>
  sideWins('remoteWins', 'remote', options)
