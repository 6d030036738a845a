import type { PushOperation, PushVerdict, RemoteAdapter } from '@rowkeep/kernel'
import { expect, onTestFinished, test } from 'vitest'
import { worldBackends } from '../world/backends.ts'
import type { Column } from '../world/calls.ts'
import { expectAll } from '../world/oracles.ts'
import { openStage, type Stage } from '../world/stage.ts'
import { faults, play } from './faults.ts'
import { expectForward } from './scenes/live.ts'
import type { Weather } from './scenes/weather.ts'

// Each mistake here is one that a cell of the matrix has to turn red: an oracle that nothing has ever failed proves nothing.
const kind = worldBackends.find(({ name }) => name === 'rest-plain')

type Mistake = (remote: RemoteAdapter) => Partial<RemoteAdapter>

async function stageWith(mistake: Mistake = () => ({})): Promise<Stage> {
  if (!kind) throw new Error('the backend is gone')
  const stage = await openStage(kind, { live: false, planted: (remote) => ({ ...remote, ...mistake(remote) }) })
  onTestFinished(() => stage.close())
  return stage
}

/** Plays a cell with the mistake in the adapter. */
async function cell(fault: string, column: Column, mistake: Mistake, times = 1): Promise<void> {
  const weather = kind && faults.find(({ name }) => name === fault)?.[column](kind, times)
  if (weather === undefined || typeof weather === 'string') throw new Error(`there is no cell ${fault}`)
  await play(column, await stageWith(mistake), weather)
}

const applied = (): PushVerdict => ({ kind: 'applied' })

/** What the adapter would have sent, one operation after the other, each by `send`. */
const oneByOne =
  (
    send: (operation: PushOperation, push: (one: PushOperation) => Promise<PushVerdict>) => Promise<PushVerdict>,
  ): Mistake =>
  (remote) => ({
    async push({ operations }, context) {
      const verdicts: PushVerdict[] = []
      for (const operation of operations) {
        const push = async (one: PushOperation): Promise<PushVerdict> =>
          (await remote.push({ operations: [one], atomic: false }, context))[0] as PushVerdict
        verdicts.push(await send(operation, push))
      }
      return verdicts
    },
  })

test('a write that is said to be applied and was never sent is found', async () => {
  const liar = oneByOne((operation, push) => (operation.id === 'c2' ? Promise.resolve(applied()) : push(operation)))
  // What was written on top of it waits for a version that nobody has.
  await expect(cell('clock a day ahead', 'push', liar)).rejects.toThrow(/^peace after the fault did not come about/)
})

test('a write that is given up where the server is in trouble is found', async () => {
  const quitter = oneByOne((operation, push) =>
    push(operation).then((verdict) => (verdict.kind === 'retry' ? applied() : verdict), applied),
  )
  await expect(cell('5xx before the effect', 'push', quitter)).rejects.toThrow('writes without effect')
})

test('a write that takes effect twice is found', async () => {
  const twice = oneByOne(async (operation, push) => {
    const verdict = await push(operation)
    if (verdict.kind !== 'applied' || operation.kind !== 'update' || operation.id !== 'r3') return verdict
    const expected = verdict.row?.revision ?? operation.expected
    return push({ ...operation, opId: crypto.randomUUID(), expected })
  })
  await expect(cell('clock a day ahead', 'push', twice)).rejects.toThrow('writes that took effect twice')
})

test('writes of one record in another order are found', async () => {
  let first: PushOperation | undefined
  const late = oneByOne(async (operation, push) => {
    if (operation.id !== 'r1') return push(operation)
    if (!first) {
      first = operation
      return applied()
    }
    const verdict = await push({ ...operation, expected: first.expected })
    await push({ ...first, expected: verdict.kind === 'applied' ? (verdict.row?.revision ?? null) : null })
    return verdict
  })
  await expect(cell('clock a day ahead', 'push', late)).rejects.toThrow('the order of the writes to r1')
})

test('a write that nobody asked for is found', async () => {
  const inventor = oneByOne((operation, push) =>
    push(operation.id === 'c1' ? { ...operation, record: { id: 'c1', title: 'something else' } } : operation),
  )
  await expect(cell('clock a day ahead', 'push', inventor)).rejects.toThrow('effects that nobody asked for')
})

test('a row that a page leaves out is found', async () => {
  const forgetful: Mistake = (remote) => ({
    async pull(request, context) {
      const page = await remote.pull(request, context)
      if (page.kind === 'expired') return page
      return { ...page, changes: page.changes.filter(({ id }) => id !== 'f3') }
    },
  })
  await expect(cell('short page with more to come', 'pull', forgetful)).rejects.toThrow(
    'the rows of the backend on the device did not come about',
  )
})

test('a run that ends at its first page is found', async () => {
  const hasty: Mistake = (remote) => ({
    async pull(request, context) {
      const page = await remote.pull(request, context)
      return page.kind === 'expired' || page.cursor === null ? page : { ...page, more: false }
    },
  })
  await expect(cell('duplicate request', 'pull', hasty)).rejects.toThrow()
})

test('a fault that meets nothing is found', async () => {
  const strike = async (): Promise<undefined> => undefined
  const weather: Weather = { plan: { column: 'push', strike, skip: 1_000_000, times: 1 } }
  await expect(play('push', await stageWith(), weather)).rejects.toThrow('the fault did not come about')
})

test('counts that do not add up, and a fresh device that differs, are found', async () => {
  const stage = await stageWith()
  await stage.device.client.start()
  await stage.diary.create('c1')
  await stage.device.until(() => stage.device.status().pending === 0, 'the write')
  await expectAll(stage, ['c1'])
  const { device, diary } = stage
  const fewer = { ...device, status: () => ({ ...device.status(), writes: { ...device.status().writes, applied: 0 } }) }
  await expect(expectAll({ ...stage, device: fewer }, ['c1'])).rejects.toThrow('the counts of the status')
  const silent = { ...stage, diary: { ...diary, entries: [...diary.entries, { id: 'c2', title: 'never' }] } }
  await expect(expectAll(silent, ['c1'])).rejects.toThrow('writes without effect: c2: never')
  const empty = await stageWith()
  await expect(expectAll({ ...stage, fresh: async () => empty.device }, ['c1'])).rejects.toThrow(
    'the rows of a fresh device',
  )
  await expect(expectAll(stage, ['c1', 'c2'])).rejects.toThrow('the rows of the backend')
})

test('a record that goes back to what it was is found', async () => {
  const stage = await stageWith()
  await stage.write({ id: 'r1', title: 'once' })
  await stage.write({ id: 'r1', title: 'twice' })
  await expectForward(stage, new Map([['r1', ['once', 'twice']]]))
  await expect(expectForward(stage, new Map([['r1', ['twice', 'once']]]))).rejects.toThrow('the states of r1')
})
