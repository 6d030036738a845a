import { expect, it } from 'vitest'
import { type Bench, bench, contextOf, creation, notes } from './bench.ts'
import { deviceOf } from './devices.ts'

const push = ({ ada }: Pick<Bench, 'ada'>, id: string): Promise<unknown> =>
  ada.push({ operations: [creation({ id })], atomic: false }, contextOf())

const commits = ({ served }: Bench): number => served.calls.filter(({ verb }) => verb === 'commit').length

it('under the rules the first push asks once whether they stand', async () => {
  const at = await bench()
  for (const id of ['n1', 'n2', 'n3']) expect(await push(at, id)).toMatchObject([{ kind: 'applied' }])
  expect(commits(at)).toBe(4)
  expect((await at.run()).changes).toHaveLength(3)
})

it('asks again where the answer was lost, and the push is applied all the same', async () => {
  const at = await bench()
  at.served.fault = ({ verb }) => (verb === 'commit' && commits(at) === 2 ? 'lost' : undefined)
  for (const id of ['n1', 'n2', 'n3']) expect(await push(at, id)).toMatchObject([{ kind: 'applied' }])
  expect(commits(at)).toBe(5)
})

it('without the rules every call after the first push fails, and names the command', async () => {
  const at = await bench()
  // For an admin there are no rules.
  const open = { ada: deviceOf({ origin: at.served.origin, token: 'owner', user: 'ada' }) }
  try {
    expect(await push(open, 'n1')).toMatchObject([{ kind: 'applied' }])
    const error = { code: 'SYNC_CONFIG_INVALID', message: expect.stringContaining('npx @rowkeep/adapters-firestore') }
    expect(await push(open, 'n2')).toMatchObject([{ kind: 'retry', outcome: 'unapplied', error }])
    await expect(open.ada.pull({ feed: notes, cursor: null, limit: 1 }, contextOf())).rejects.toMatchObject(error)
    expect(await at.double.rows('notes')).toEqual([{ id: 'n1' }])
  } finally {
    await open.ada.close()
  }
})
