import type { LiveEvent, LiveRemote, RemoteAdapter } from '@rowkeep/kernel'
import { ConformanceError, shown } from '../core/conformance-error.ts'
import { expectThat, within } from '../core/expect.ts'
import { Inapplicable, type Scenario } from '../core/scenario.ts'
import type { RemoteBench } from './bench.ts'
import { live } from './needs.ts'
import { expectDelivered } from './records.ts'
import { newest, notes, type Remote } from './remote.ts'

/** A subscription and what it has told so far. */
interface Channel {
  readonly events: readonly LiveEvent[]
  /** The first event that fits, among those told and those to come. */
  until(what: string, fits: (event: LiveEvent) => boolean): Promise<LiveEvent>
  end(): void
}

function subscribe(remote: Remote): Channel {
  const { adapter } = remote
  if (!isLive(adapter)) throw new ConformanceError('an adapter that declares `live` to have subscribe()', 'none')
  const events: LiveEvent[] = []
  const waiting = new Set<() => void>()
  const listener = (event: LiveEvent): void => {
    events.push(event)
    for (const look of waiting) look()
  }
  const end = adapter.subscribe(notes, listener, remote.context())
  const until = (what: string, fits: (event: LiveEvent) => boolean): Promise<LiveEvent> => {
    const found = new Promise<LiveEvent>((resolve) => {
      const look = (): void => {
        const event = events.find(fits)
        if (event) resolve(event)
      }
      waiting.add(look)
      look()
    })
    return within(`subscribe() to tell ${what}`, found).catch((error: unknown) => {
      throw error instanceof ConformanceError ? new ConformanceError(error.expectation, shown(events)) : error
    })
  }
  return { events, until, end }
}

const isLive = (adapter: RemoteAdapter): adapter is RemoteAdapter & LiveRemote => 'subscribe' in adapter
const hint = { live: 'none' } as const
const up = (event: LiveEvent): boolean => event.kind === 'up'
const change = (event: LiveEvent): boolean => event.kind === 'poke' || event.kind === 'data'

/** RA-14: the live channel. */
export const liveChannel: readonly Scenario<RemoteBench>[] = [
  {
    clause: 'RA-14.1',
    title: 'a subscription says `up` once changes are told',
    needs: live,
    otherwise: hint,
    async run({ ada }) {
      const channel = subscribe(ada)
      await channel.until('`up`', up)
      channel.end()
    },
  },
  {
    clause: 'RA-14.2',
    title: 'after `up` a write elsewhere is told',
    needs: live,
    otherwise: hint,
    async run({ ada, write }) {
      const channel = subscribe(ada)
      await channel.until('`up`', up)
      await write({ id: 'n1', title: 'one' })
      await channel.until('of a write elsewhere', change)
      channel.end()
    },
  },
  {
    clause: 'RA-14.3',
    title: 'after a subscription has ended nothing is told',
    needs: live,
    otherwise: hint,
    async run({ ada, device, write }) {
      const ended = subscribe(ada)
      await ended.until('`up`', up)
      ended.end()
      const before = ended.events.length
      // A second device hears of the same write, which shows that it has been told by then.
      const other = subscribe(device('ada'))
      await other.until('`up`', up)
      await write({ id: 'n1', title: 'one' })
      await other.until('of a write elsewhere', change)
      other.end()
      expectThat(ended.events.length === before, 'no event after the end', ended.events.slice(before))
    },
  },
  {
    clause: 'RA-14.4',
    title: 'live rows are whole and have the revision that a pull gives them',
    needs: ({ capabilities }) =>
      capabilities.live === 'data' ? undefined : 'the live channel carries no rows (live not data)',
    otherwise: { live: 'hint' },
    async run({ ada, capabilities, write }) {
      const channel = subscribe(ada)
      await channel.until('`up`', up)
      const row = { id: 'n1', title: 'one', done: false }
      await write(row)
      const event = await channel.until('rows', ({ kind }) => kind === 'data')
      channel.end()
      const told = newest(event.kind === 'data' ? event.changes : []).get('n1')
      expectDelivered(capabilities, told, row)
      const pulled = await ada.current('n1')
      expectThat(told?.kind === 'record' && told.revision === pulled?.revision, 'the revision of the pull', told)
    },
  },
  {
    clause: 'RA-14.5',
    title: 'a channel that breaks says `down` with a code',
    needs: live,
    otherwise: hint,
    async run({ ada, wire }) {
      await wire.under({ kind: 'status', status: 401 }, async () => {
        const channel = subscribe(ada)
        const event = await channel.until('`down`', ({ kind }) => kind === 'down' || kind === 'up')
        channel.end()
        if (event.kind === 'up')
          throw new Inapplicable('the channel does not go over the HTTP that the suite can break')
        const code = event.kind === 'down' ? event.error.code : undefined
        expectThat(code === 'SYNC_AUTH_REQUIRED', '`down` with SYNC_AUTH_REQUIRED after 401', event)
      })
    },
  },
]
