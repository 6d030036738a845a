import type { Findings } from '../../judge.ts'
import { deviceChecks } from './devices.ts'
import { verdictChecks } from './verdicts.ts'
import { worldOf } from './world.ts'

/** Lets our adapter work with armadietto itself, as far as the configuration reaches; each check in a folder of its own. */
export async function checkAdapter(findings: Findings, origin: string, token: string): Promise<void> {
  for (const [what, run] of [...verdictChecks, ...deviceChecks]) {
    await findings.check(`adapter: ${what}`, () => run(worldOf(origin, token)))
  }
  findings.skip(
    'adapter: folders without a server of the app before them',
    'a folder names its documents and their ETags and does not show them: no feed of plainRoutes() reads one by one',
  )
  findings.skip(
    'adapter: changesSince()',
    'a folder cannot be asked for what changed since a time, and nothing stays of what was deleted',
  )
  findings.skip(
    "adapter: ids with / ? # & and the like, or ! ~ * ' ( )",
    'armadietto takes the latter in no path (400), and mixes up a%2Fb with a%252Fb in its folders',
  )
}
