import { plainTables, supabaseAdapter } from '@rowkeep/adapters-supabase'
import { defineRemoteHarness, type RemoteHarness, remoteSuite } from '@rowkeep/conformance-tests'
import type { Findings } from '../judge.ts'
import { clientOf } from './client.ts'
import { freshBackend } from './lite/backend.ts'
import type { Project } from './lite/project.ts'

const origin = 'https://lite.supabase.test'
const hidden = ['user_id']

/** The harness of the double, with lite in its place. */
const harnessOf = (project: Project): RemoteHarness =>
  defineRemoteHarness({
    name: project.shape === 'marked' ? 'supabase-plain' : 'supabase-bare',
    fields: 'fixed',
    network: 'sdk',
    ...(project.database === 'PGlite'
      ? { knownGaps: { 'RA-9.3': 'PGlite takes a byte order mark off the beginning of a text' } }
      : {}),
    backend: () => freshBackend(project, origin),
    adapter: (backend, { user, token }) => {
      const owner = /^token-of-(ada|bob)$/.exec(token())?.[1] ?? user
      const marks = { version: 'version', deleted: 'deleted', hidden }
      const profile = plainTables(project.shape === 'marked' ? marks : { hidden, sweepMs: 0 })
      return supabaseAdapter(clientOf(backend.origin, owner, token()), { profile })
    },
  })

/** Every clause of the contract, with lite for a backend: a failed one is a failed check. */
export async function runSuite(findings: Findings, project: Project): Promise<void> {
  const suite = remoteSuite(harnessOf(project))
  const name = `${project.name}: clauses of ${suite.name}`
  const live = suite.cases.filter(({ clause }) => clause.startsWith('RA-14.'))
  let holds = 0
  let elsewhere = 0
  for (const one of suite.cases) {
    if (live.includes(one)) continue
    const outcome = await one.run()
    if (outcome.status === 'passed') holds += 1
    else if (outcome.status === 'skipped') elsewhere += 1
    else if (outcome.status === 'gap') findings.differs(`${name}: ${one.clause} ${one.title}`, outcome.reason)
    else await findings.check(`${name}: ${one.clause} ${one.title}`, () => Promise.reject(outcome.error))
  }
  findings.skip(`${name}: ${live.map(({ clause }) => clause).join(', ')}`, 'lite has no Realtime')
  await findings.check(name, async () => {
    if (holds === 0) throw new Error('none holds')
    return `${holds} hold, ${elsewhere} do not apply to this profile`
  })
}
