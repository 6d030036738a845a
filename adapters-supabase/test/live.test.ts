import type { LiveEvent } from '@rowkeep/kernel'
import { describe, expect, it } from 'vitest'
import { plainTables, type SupabaseAdapter, supabaseAdapter } from '../src/index.ts'
import { syncKit } from '../src/kit/index.ts'
import { type SupabaseDouble, supabaseDouble, supabaseKitDouble } from '../src/testing/index.ts'
import { bench, call, notes, transportTo } from './support.ts'

const profile = () => plainTables({ version: 'version', deleted: 'deleted', hidden: ['user_id'] })

/** A subscription and what it was told. */
function listen(adapter: SupabaseAdapter, user = 'ada') {
  const events: LiveEvent[] = []
  const waiting = new Set<() => void>()
  const end = adapter.subscribe(
    notes,
    (event) => {
      events.push(event)
      for (const look of waiting) look()
    },
    call({ user }),
  )
  const until = (kind: LiveEvent['kind']): Promise<LiveEvent> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = events.find((event) => event.kind === kind)
        if (found) resolve(found)
      }
      waiting.add(look)
      look()
    })
  return { events, until, end }
}

function liveOver(double: SupabaseDouble, realtime: object = {}) {
  const link = transportTo(double)
  const { client } = bench(double, 'ada', {
    realtime: { transport: link.transport, disconnectOnEmptyChannelsAfterMs: 0, ...realtime },
  })
  return { client, link, adapter: supabaseAdapter(client, { profile: profile() }) }
}

describe('a live channel', () => {
  it('tells of changes of its own table and of no other', async () => {
    const double = supabaseDouble()
    const { adapter, client } = liveOver(double)
    const channel = listen(adapter)
    await channel.until('up')
    await double.write('tasks', { id: 't1' })
    expect(channel.events).toEqual([{ kind: 'up' }])
    await double.write('notes', { id: 'n1' })
    await channel.until('poke')
    await adapter.close()
    expect(client.getChannels()).toEqual([])
  })

  it('takes a deletion, which everybody is told of, for no more than a reason to pull [F78]', async () => {
    const double = supabaseDouble({ marked: false })
    const { client } = bench(double, 'ada', {
      realtime: { transport: transportTo(double).transport, disconnectOnEmptyChannelsAfterMs: 0 },
    })
    const adapter = supabaseAdapter(client, { profile: plainTables({ hidden: ['user_id'] }) })
    await double.write('notes', { id: 'n1' })
    const channel = listen(adapter)
    await channel.until('up')
    await double.remove('notes', 'n1')
    await expect.poll(() => channel.events.length).toBe(2)
    expect(channel.events).toEqual([{ kind: 'up' }, { kind: 'poke' }])
    await adapter.close()
  })

  it('says down where the server cannot follow the table', async () => {
    const { client } = liveOver(supabaseDouble())
    const elsewhere = plainTables({ collections: { notes: { table: 'unpublished' } } })
    const channel = listen(supabaseAdapter(client, { profile: elsewhere }))
    expect(await channel.until('down')).toMatchObject({ error: { code: 'SYNC_CONFIG_INVALID' } })
  })

  it('says down once when the socket breaks, and joins no more by itself', async () => {
    const { adapter, client, link } = liveOver(supabaseDouble())
    const channel = listen(adapter)
    await channel.until('up')
    link.cut()
    expect(await channel.until('down')).toMatchObject({ error: { code: 'SYNC_NETWORK' } })
    expect(client.getChannels()).toEqual([])
    expect(channel.events.map(({ kind }) => kind)).toEqual(['up', 'down'])
  })

  it('notices by the heartbeat that nothing comes any more', async () => {
    const { adapter, link } = liveOver(supabaseDouble(), { heartbeatIntervalMs: 20 })
    const channel = listen(adapter)
    await channel.until('up')
    link.mute()
    expect(await channel.until('down')).toMatchObject({ error: { code: 'SYNC_NETWORK' } })
  })

  it('says down where the server does not take the token', async () => {
    const double = supabaseDouble()
    const link = transportTo(double)
    const { client } = bench(double, 'ada', {
      realtime: { transport: link.transport },
      accessToken: async () => 'token-of-nobody',
    })
    const session = () => ({ user: 'ada', token: 'token-of-nobody' })
    const channel = listen(supabaseAdapter(client, { profile: profile(), session }))
    expect(await channel.until('down')).toMatchObject({ error: { code: 'SYNC_AUTH_REQUIRED' } })
  })

  it('is not opened for somebody who is not signed in [F83]', async () => {
    const { adapter, client } = liveOver(supabaseDouble())
    const channel = listen(adapter, 'bob')
    expect(await channel.until('down')).toMatchObject({ error: { code: 'SYNC_USER_MISMATCH' } })
    expect(client.getChannels()).toEqual([])
  })

  it('is removed from the client when it is no longer wanted, and when the call is aborted', async () => {
    const { adapter, client } = liveOver(supabaseDouble())
    const channel = listen(adapter)
    await channel.until('up')
    channel.end()
    expect(client.getChannels()).toEqual([])
    const stop = new AbortController()
    const told = new Promise<void>((resolve) => {
      adapter.subscribe(notes, () => resolve(), call({ signal: stop.signal }))
    })
    await told
    stop.abort()
    expect(client.getChannels()).toEqual([])
  })
})

describe('the private topic of the kit', () => {
  it('is shared by the feeds of a client, and pokes each', async () => {
    const double = await supabaseKitDouble()
    const link = transportTo(double)
    const { client } = bench(double, 'ada', { realtime: { transport: link.transport } })
    const adapter = supabaseAdapter(client, { profile: syncKit({ name: double.name }) })
    const [first, second] = [listen(adapter), listen(adapter)]
    await Promise.all([first.until('up'), second.until('up')])
    expect(client.getChannels()).toHaveLength(1)
    first.end()
    await double.write('notes', { id: 'n1' })
    await second.until('poke')
    expect(first.events.map(({ kind }) => kind)).toEqual(['up'])
    second.end()
    // Joined again while the channel is on its way out.
    const third = listen(adapter)
    await third.until('up')
    await double.write('notes', { id: 'n2' })
    await third.until('poke')
    await adapter.close()
    await double.close()
  })

  it('is refused to everybody else', async () => {
    const double = await supabaseKitDouble()
    const link = transportTo(double)
    const { client } = bench(double, 'bob', { realtime: { transport: link.transport } })
    await client.realtime.setAuth()
    const status = await new Promise<string>((resolve) => {
      client.channel(`${double.name}:ada`, { config: { private: true } }).subscribe((told) => resolve(told))
    })
    expect(status).toBe('CHANNEL_ERROR')
    await client.removeAllChannels()
    await double.close()
  })
})
