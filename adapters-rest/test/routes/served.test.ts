import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { platformEnv } from '@rowkeep/kernel'
import { expect, onTestFinished, test } from 'vitest'
import { restAdapter } from '../../src/index.ts'
import { changesSince, plainRoutes } from '../../src/routes/index.ts'
import { nodeListener } from '../../src/server/index.ts'
import { type PlainDouble, plainDouble } from '../../src/testing/index.ts'
import { note, plain, pullOf } from './support.ts'

async function served(double: PlainDouble): Promise<string> {
  const server = createServer(nodeListener((request) => double.fetch(request))).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const session = (): { user: string; token: string } => ({ user: 'ada', token: 'token-of-ada' })
const context = { user: 'ada', signal: new AbortController().signal, timeoutMs: 10_000, env: platformEnv }

test('over a real connection: writes with and without a body in the answer, conflicts, deletions, changes', async () => {
  for (const bodies of [true, false]) {
    const double = plainDouble({ bodies })
    const url = await served(double)
    const adapter = plain({ session, feed: changesSince({ deleted: 'deleted' }) }, { url })
    const operations = [
      note({ kind: 'create', expected: null }),
      note({ kind: 'create', expected: null, id: 'n2', record: { id: 'n2' } }),
    ]
    const created = await adapter.push({ operations, atomic: false }, context)
    expect(created).toMatchObject([
      { kind: 'applied', row: { revision: '1' } },
      { kind: 'applied', row: { id: 'n2' } },
    ])
    await double.write('notes', { id: 'n1', title: 'Theirs' })
    const [stale] = await adapter.push({ operations: [note({ expected: '1' })], atomic: false }, context)
    expect(stale).toMatchObject({ kind: 'conflict', row: { revision: '2', record: { title: 'Theirs' } } })
    const first = await adapter.pull(pullOf(), context)
    const remove = note({ kind: 'delete', expected: '2', record: null, change: {} })
    expect(await adapter.push({ operations: [remove], atomic: false }, context)).toEqual([{ kind: 'applied' }])
    const next = await adapter.pull(pullOf('cursor' in first ? first.cursor : null), context)
    expect(next).toMatchObject({
      kind: 'delta',
      changes: expect.arrayContaining([expect.objectContaining({ kind: 'tombstone', id: 'n1', revision: '3' })]),
    })
  }
})

test('over a real connection: an unchanged list is a 304', async () => {
  const double = plainDouble({ versions: 'none', feed: 'list' })
  const url = await served(double)
  const adapter = restAdapter({ url, routes: plainRoutes({ collections: { notes: { path: '/notes' } }, session }) })
  await double.write('notes', { id: 'n1' })
  const first = await adapter.pull(pullOf(), context)
  const cursor = 'cursor' in first ? first.cursor : null
  expect(first).toMatchObject({ kind: 'snapshot' })
  expect(await adapter.pull(pullOf(cursor), context)).toMatchObject({ kind: 'delta', changes: [], cursor })
})
