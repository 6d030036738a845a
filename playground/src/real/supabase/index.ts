import type { Findings, Judge } from '../judge.ts'
import { compareCasts } from './casts.ts'
import { compareAnswers, type Met, noteKnown } from './compare/answers.ts'
import { type Database, noPostgres, pglite, postgres } from './lite/databases.ts'
import { type LitePackages, litePackages } from './lite/packages.ts'
import { openProject } from './lite/project.ts'
import { quietly } from './lite/quiet.ts'
import { compareRenewal } from './renewal.ts'
import { runSuite } from './suites.ts'

async function judgeOn(database: Database, packages: LitePackages, findings: Findings, met: Met): Promise<void> {
  try {
    for (const shape of ['marked', 'bare'] as const) {
      const project = await openProject(packages, database, shape)
      try {
        if (shape === 'marked') await compareCasts(findings, project)
        if (shape === 'marked') await compareRenewal(findings, project)
        await compareAnswers(findings, project, met)
        await runSuite(findings, project)
      } finally {
        await project.close()
      }
    }
  } finally {
    await database.stop()
  }
}

/** Supabase's own PostgREST and Auth in TypeScript, before the double of plain tables and before our adapter. */
export const judge: Judge = {
  name: 'supabase',
  who: '@supabase/lite, which speaks PostgREST and Auth, on PGlite and on the PostgreSQL of this machine',
  packages: { '@supabase/lite': '0.10.0', postgres: '3.4.8' },
  run: (findings, installed) =>
    quietly(async () => {
      const packages = await litePackages(installed)
      const met: Met = new Map()
      await judgeOn(pglite(packages), packages, findings, met)
      if (noPostgres === undefined) await judgeOn(await postgres(packages), packages, findings, met)
      else findings.skip('all of it on PostgreSQL', noPostgres)
      await noteKnown(findings, met)
    }),
}
