import type { PullPage, PushOperation, PushVerdict, RemoteAdapter } from '@rowkeep/kernel'
import { describe, expect, it } from 'vitest'
import { Tab } from '../../src/simulation/devices/tab.ts'
import { historyOf } from '../../src/simulation/history/generate.ts'
import type { FaultRates } from '../../src/simulation/history/history.ts'
import { modelSubject } from '../../src/simulation/servers/model-site.ts'
import { modelProfiles } from '../../src/simulation/servers/profile.ts'
import { World } from '../../src/simulation/world.ts'

const feed = { id: 'tasks@0', collections: ['tasks'] }

/** One tab without an app, at a backend to which nothing happens but what the test does. */
class Desk {
  readonly world: World
  readonly tab: Tab
  readonly remote: RemoteAdapter
  #opId = 0

  private constructor(world: World) {
    this.world = world
    const [device] = world.devices
    if (!device) throw new Error('no device')
    this.tab = new Tab(device, 'd0.1', 'ada', 1)
    this.remote = world.site.remote(this.tab)
  }

  static async open(profile: string, faults: FaultRates = {}): Promise<Desk> {
    const history = { ...historyOf(1, { profile, users: 1 }), faults, steps: [] }
    return new Desk(await World.open(history, modelSubject(profile)))
  }

  /** Lets so much time go by. */
  async after(ms: number): Promise<void> {
    await this.world.loop.run(this.world.loop.now + ms)
  }

  create(id: string): PushOperation {
    this.#opId += 1
    const record = { id, title: id }
    const change = { set: record }
    const opId = `op-${this.#opId}`
    return { opId, kind: 'create', collection: 'tasks', id, expected: null, change, record, resend: false }
  }

  push(operations: readonly PushOperation[], user = 'ada', atomic = false): Promise<readonly PushVerdict[]> {
    return this.remote.push({ operations, atomic }, this.#context(user))
  }

  /** Sends, and lets time go by until there is an answer. */
  async pushed(operations: readonly PushOperation[], user = 'ada'): Promise<readonly PushVerdict[] | string> {
    const answer = this.push(operations, user).catch(({ code }: { readonly code: string }) => code)
    await this.after(4_000)
    return answer
  }

  /** One run from a cursor; all pages. */
  async run(cursor: string | null): Promise<{ readonly ids: readonly string[]; readonly last: PullPage }> {
    const ids: string[] = []
    for (let from = cursor; ; ) {
      const answer = this.remote.pull({ feed, cursor: from, limit: 5 }, this.#context('ada'))
      await this.after(1_000)
      const page = await answer
      if (page.kind === 'expired') return { ids, last: page }
      ids.push(...page.changes.map(({ id, kind }) => (kind === 'record' ? id : `${kind} ${id}`)))
      if (!page.more) return { ids, last: page }
      from = page.cursor
    }
  }

  #context(user: string): Parameters<RemoteAdapter['pull']>[1] {
    return { user, signal: new AbortController().signal, timeoutMs: 4_000, env: this.tab.env }
  }
}

const cursorOf = (page: PullPage): string | null => (page.kind === 'expired' ? null : page.cursor)

describe.each(Object.keys(modelProfiles))('a backend %s', (profile) => {
  it('lists every row, however many pages that takes', async () => {
    const desk = await Desk.open(profile)
    const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
    for (const id of ids) expect(await desk.pushed([desk.create(id)])).toMatchObject([{ kind: 'applied' }])
    const { ids: there, last } = await desk.run(null)
    expect(there).toEqual(ids)
    expect(last.kind).toBe('snapshot')
  })

  it('does nothing for a resend where it can tell, and lets no credentials of somebody else in', async () => {
    const desk = await Desk.open(profile)
    const operation = desk.create('a')
    await desk.pushed([operation])
    await desk.pushed([{ ...operation, resend: true }])
    const { exactlyOnce, checked } = desk.world.site.promises
    expect(desk.world.site.effects).toHaveLength(exactlyOnce || checked ? 1 : 2)
    expect(await desk.pushed([desk.create('b')], 'bob')).toBe('SYNC_USER_MISMATCH')
    const [device] = desk.world.devices
    if (device) await desk.world.site.expireToken?.(device, 'ada', 60_000)
    expect(await desk.pushed([desk.create('c')])).toBe('SYNC_AUTH_REQUIRED')
    expect((await desk.world.site.rows('ada', 'tasks')).size).toBe(1)
  })

  it('tells of what takes effect late, though what came after it was seen before', async () => {
    const desk = await Desk.open(profile, { slowestCommit: 1 })
    const late = desk.push([desk.create('late')])
    await desk.after(500)
    await desk.world.site.write('ada', 'tasks', { id: 'soon' })
    const { ids, last } = await desk.run(null)
    const isOrdered = desk.remote.capabilities.feed === 'ordered'
    expect(ids).toEqual(['soon'])
    await desk.after(3_000)
    await late
    const next = await desk.run(cursorOf(last))
    expect(next.ids.filter((id) => !id.startsWith('listed'))).toContain('late')
    // Where the server has a safe point it stayed below, and what was listed beyond it is told again.
    if (isOrdered) expect(next.ids).toEqual(['late', 'soon'])
  })

  it('goes back to a backup under another identity, and tells what that takes back', async () => {
    const desk = await Desk.open(profile)
    await desk.pushed([desk.create('a')])
    const { last } = await desk.run(null)
    await desk.pushed([desk.create('b')])
    await desk.world.site.restore?.(1)
    expect([...(await desk.world.site.rows('ada', 'tasks')).keys()]).toEqual(['a'])
    expect(
      desk.world.diary.facts.flatMap((fact) => (fact.kind === 'restored' ? fact.takenBack : [])).map(({ id }) => id),
    ).toEqual(['b'])
    const next = await desk.run(cursorOf(last))
    if (desk.remote.capabilities.revisions !== 'none') expect(next.last.epoch).not.toBe(last.epoch)
  })
})

it('keeps the second writer of a record waiting until the first is done', async () => {
  const desk = await Desk.open('transactional', { slowestCommit: 1 })
  const answers = Promise.all([desk.push([desk.create('a')]), desk.push([desk.create('a')])])
  await desk.after(6_000)
  expect(
    (await answers)
      .flat()
      .map(({ kind }) => kind)
      .sort(),
  ).toEqual(['applied', 'conflict'])
})

it('fails in the middle of a request that is not atomic, and not of one that is', async () => {
  const desk = await Desk.open('transactional', { halfApplied: 1 })
  expect(await desk.pushed([desk.create('a'), desk.create('b'), desk.create('c')])).toBe('SYNC_NETWORK')
  const before = desk.world.site.effects?.length ?? 0
  expect([1, 2]).toContain(before)
  const whole = desk.push([desk.create('d'), desk.create('e')], 'ada', true)
  await desk.after(4_000)
  expect(await whole).toMatchObject([{ kind: 'applied' }, { kind: 'applied' }])
  expect(desk.world.site.effects).toHaveLength(before + 2)
})

it('says which cursors are too old, and takes those it has given since', async () => {
  const desk = await Desk.open('transactional')
  await desk.pushed([desk.create('a')])
  const { last } = await desk.run(null)
  await desk.world.site.expire?.()
  expect((await desk.run(cursorOf(last))).last.kind).toBe('expired')
  const anew = await desk.run(null)
  expect((await desk.run(cursorOf(anew.last))).last.kind).toBe('delta')
})

it('keeps deletions for longer than it says, then forgets them without a word', async () => {
  const desk = await Desk.open('checked')
  await desk.pushed([desk.create('a')])
  const { last } = await desk.run(null)
  await desk.world.site.remove('ada', 'tasks', 'a')
  await desk.after(desk.remote.capabilities.limits.retentionMs + 4_000)
  expect((await desk.run(cursorOf(last))).ids).toEqual(['tombstone a'])
  await desk.after(20_000)
  expect((await desk.run(cursorOf(last))).ids).toEqual([])
})
