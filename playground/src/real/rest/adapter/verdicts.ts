import { deepStrictEqual, notStrictEqual, strictEqual } from 'node:assert/strict'
import {
  isSyncError,
  type JsonObject,
  type PushOperation,
  type PushVerdict,
  platformEnv,
  type RemoteAdapter,
  type RemoteRow,
} from '@rowkeep/kernel'
import { operation, pullPage, pushOne, type World } from './world.ts'

const first: JsonObject = { id: 'n1', title: 'first' }
const second: JsonObject = { id: 'n1', title: 'second' }

const create = (record: JsonObject): PushOperation =>
  operation({ kind: 'create', id: String(record['id']), change: { set: record }, record })
const update = (expected: string | null, record: JsonObject): PushOperation =>
  operation({ expected, change: { set: record }, record })
const remove = (expected: string | null): PushOperation => operation({ kind: 'delete', expected })

function rowOf(verdict: PushVerdict, kind: 'applied' | 'conflict'): RemoteRow & { readonly kind: 'record' } {
  strictEqual(verdict.kind, kind)
  if ('row' in verdict && verdict.row?.kind === 'record') return verdict.row
  throw new Error(`${JSON.stringify(verdict)} shows no record`)
}

/** Creates the first note; gives its revision. */
async function created(world: World, adapter: RemoteAdapter): Promise<string | null> {
  return rowOf(await pushOne(world, adapter, create(first)), 'applied').revision
}

async function createsAndReads(world: World): Promise<void> {
  const adapter = world.adapter()
  const revision = await created(world, adapter)
  const page = await pullPage(world, adapter)
  if (page.kind !== 'snapshot') throw new Error(`a first page of kind ${page.kind}`)
  deepStrictEqual(page.changes, [{ kind: 'record', collection: 'notes', id: 'n1', revision, record: first }])
  strictEqual(page.more, false)
}

async function readsNothingTwice(world: World): Promise<void> {
  const adapter = world.adapter()
  const revision = await created(world, adapter)
  const page = await pullPage(world, adapter)
  if (page.kind !== 'snapshot') throw new Error(`a first page of kind ${page.kind}`)
  const { cursor, epoch } = page
  deepStrictEqual(await pullPage(world, adapter, cursor), { kind: 'delta', changes: [], cursor, more: false, epoch })
  await pushOne(world, adapter, update(revision, second))
  const next = await pullPage(world, adapter, cursor)
  strictEqual(next.kind, 'snapshot')
}

async function updates(world: World): Promise<void> {
  const adapter = world.adapter()
  const revision = await created(world, adapter)
  const row = rowOf(await pushOne(world, adapter, update(revision, second)), 'applied')
  notStrictEqual(row.revision, revision)
  deepStrictEqual(await world.documents(), [second])
}

async function seesConflicts(world: World): Promise<void> {
  const adapter = world.adapter()
  const revision = await created(world, adapter)
  const newest = rowOf(await pushOne(world, adapter, update(revision, second)), 'applied')
  const stale = { id: 'n1', title: 'stale' }
  for (const one of [update(revision, stale), remove(revision), create(stale)]) {
    deepStrictEqual(rowOf(await pushOne(world, adapter, one), 'conflict'), { ...newest, record: second })
  }
  deepStrictEqual(await world.documents(), [second])
}

async function deletes(world: World): Promise<void> {
  const adapter = world.adapter()
  const revision = await created(world, adapter)
  deepStrictEqual(await pushOne(world, adapter, remove(revision)), { kind: 'applied' })
  deepStrictEqual(await pushOne(world, adapter, { ...remove(revision), resend: true }), { kind: 'applied' })
  const late = await pushOne(world, adapter, update(revision, second))
  strictEqual(late.kind === 'rejected' && late.error.code, 'SYNC_NOT_VISIBLE')
  deepStrictEqual(await world.documents(), [])
}

/** Sends it twice, the first answer lost; gives the revision that it then meets, its own. */
async function sentTwice(world: World, adapter: RemoteAdapter, one: PushOperation): Promise<string | null> {
  world.loseAnswers(1)
  const lost = await pushOne(world, adapter, one).catch((error: unknown) => error)
  if (!isSyncError(lost)) throw new Error(`an answer that was lost ended as ${JSON.stringify(lost)}`)
  const met = rowOf(await pushOne(world, adapter, { ...one, resend: true }), 'conflict')
  deepStrictEqual(met.record, one.record)
  deepStrictEqual(await world.documents(), [one.record])
  return met.revision
}

async function meetsItsOwnWrites(world: World): Promise<void> {
  const adapter = world.adapter()
  const revision = await sentTwice(world, adapter, create(first))
  await sentTwice(world, adapter, update(revision, second))
}

async function letsOneThrough(world: World): Promise<string> {
  const adapter = world.adapter()
  const revision = await created(world, adapter)
  const racers = Array.from({ length: 8 }, (_, number) => ({ id: 'n1', title: `racer ${number}` }))
  const ends = await Promise.all(racers.map((record) => pushOne(world, adapter, update(revision, record))))
  const winners = racers.filter((_, at) => ends[at]?.kind === 'applied')
  strictEqual(ends.filter(({ kind }) => kind === 'conflict').length, racers.length - 1)
  deepStrictEqual(await world.documents(), winners)
  return `1 of ${racers.length} applied`
}

async function carriesIds(world: World): Promise<string> {
  const adapter = world.adapter()
  const ids = ['a.b_c-d', 'two words', '100%', 'caf\u00e9', '\u{1F5CE}']
  for (const id of ids) rowOf(await pushOne(world, adapter, create({ id, title: id })), 'applied')
  const page = await pullPage(world, adapter)
  const read = page.kind === 'expired' ? [] : page.changes.map(({ id }) => id)
  deepStrictEqual([...read].sort(), [...ids].sort())
  return ids.join(', ')
}

async function namesWhatIsNoList(world: World): Promise<string> {
  const adapter = world.adapter()
  await created(world, adapter)
  const failure = await pullPage({ ...world, env: platformEnv }, adapter).catch((error: unknown) => error)
  if (!isSyncError(failure, 'SYNC_PROTOCOL')) throw new Error(`ended as ${JSON.stringify(failure)}`)
  return failure.message
}

/** What the adapter tells the kernel, call by call. */
export const verdictChecks: readonly (readonly [what: string, (world: World) => Promise<string | void>])[] = [
  ['a create is applied, and read back in the version that its answer named', createsAndReads],
  ['an unchanged list is not read again (304), a changed one is', readsNothingTwice],
  ['an update over the newest version is applied', updates],
  ['stale updates, stale deletions and second creates are conflicts with what stands', seesConflicts],
  ['a deletion is applied, also when it comes twice; an update after it is not', deletes],
  ['a write whose answer was lost meets itself when it is sent again', meetsItsOwnWrites],
  ['of updates at once over one version one is applied', letsOneThrough],
  ['ids arrive as they are', carriesIds],
  ['a folder, which is no list of rows, is refused by name', namesWhatIsNoList],
]
