import type { Findings } from '../../judge.ts'
import { within } from '../waiting.ts'

/** How long one check may take, whatever it waits for, ms. */
const checkMs = 30_000

/** Runs a check that fails where it is not done in time. */
export const check = (findings: Findings, what: string, run: () => Promise<string | undefined | void>): Promise<void> =>
  findings.check(what, () => within(what, run(), checkMs))
