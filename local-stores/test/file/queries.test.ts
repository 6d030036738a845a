import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { it } from 'vitest'
import { cases } from '../../../kernel/test/query/oracle/cases.ts'
import { check } from '../../../kernel/test/query/oracle/check.ts'
import { open } from '../../../kernel/test/query/oracle/subject.ts'
import { fileStore } from '../../src/file/index.ts'

it('any query over files, also after they are opened again, answers as the model does', async () => {
  const property = fc.asyncProperty(cases, async (one) => {
    const folder = await mkdtemp(join(tmpdir(), 'rowkeep-queries-'))
    try {
      await check(await open(() => fileStore({ directory: folder }), one.indexes), one)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
  await fc.assert(property, { numRuns: 40 })
}, 120_000)
