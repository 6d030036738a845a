import type { SyncError, SyncErrorCode } from '@rowkeep/kernel'
import { expectThat, rejects } from '../core/expect.ts'
import type { Scenario } from '../core/scenario.ts'
import type { RemoteBench } from './bench.ts'
import type { Fault } from './faults.ts'
import { ownRequests } from './needs.ts'
import { notes } from './remote.ts'

/** The error of a pull under the fault, which must be one of the codes. */
function failing(
  { ada, wire }: RemoteBench,
  what: string,
  fault: Fault,
  codes: SyncErrorCode | readonly SyncErrorCode[],
): Promise<SyncError> {
  const call = (): Promise<unknown> => ada.adapter.pull({ feed: notes, cursor: null, limit: 10 }, ada.context())
  return rejects(`pull() ${what}`, codes, () => wire.under(fault, call))
}

const status = (code: number, headers: Readonly<Record<string, string>> = {}): Fault => ({
  kind: 'status',
  status: code,
  headers,
})

/** A scenario whose whole content is: under this fault a pull fails with this code. */
const maps = (
  clause: `RA-10.${number}`,
  title: string,
  fault: Fault,
  codes: SyncErrorCode | readonly SyncErrorCode[],
): Scenario<RemoteBench> => ({
  clause,
  title: `${title} fails a pull with ${typeof codes === 'string' ? codes : codes.join(' or ')}`,
  async run(bench) {
    await bench.write({ id: 'n1', title: 'one' })
    await failing(bench, `answered by ${title}`, fault, codes)
  },
})

/** RA-10: what a pull makes of answers that are no pages. */
export const failingPulls: readonly Scenario<RemoteBench>[] = [
  maps('RA-10.1', '401', status(401), 'SYNC_AUTH_REQUIRED'),
  maps('RA-10.2', '403', status(403), 'SYNC_FORBIDDEN'),
  maps('RA-10.3', '429', status(429), 'SYNC_RATE_LIMITED'),
  {
    clause: 'RA-10.4',
    title: 'Retry-After in seconds becomes `retryAfterMs` (RFC 9110, 10.2.3)',
    // Where a client of the vendor's hides it the kernel's own back-off does, so no capability hangs on it.
    otherwise: {},
    async run(bench) {
      const { retryAfterMs } = await failing(
        bench,
        'answered by 429',
        status(429, { 'retry-after': '7' }),
        'SYNC_RATE_LIMITED',
      )
      expectThat(retryAfterMs === 7000, '`retryAfterMs` to be 7000 for `Retry-After: 7`', retryAfterMs)
    },
  },
  {
    clause: 'RA-10.5',
    title: 'Retry-After as a date becomes `retryAfterMs` (RFC 9110, 10.2.3)',
    // Where a client of the vendor's hides it the kernel's own back-off does, so no capability hangs on it.
    otherwise: {},
    async run(bench) {
      const date = new Date(bench.env.now() + 3_600_000).toUTCString()
      const { retryAfterMs } = await failing(
        bench,
        'answered by 429',
        status(429, { 'retry-after': date }),
        'SYNC_RATE_LIMITED',
      )
      // A date has whole seconds, and the call takes its time: the hour may have become up to half shorter, not longer.
      const holds = retryAfterMs !== undefined && retryAfterMs > 1_800_000 && retryAfterMs <= 3_600_000
      expectThat(holds, '`retryAfterMs` of at most one hour for a date one hour ahead', retryAfterMs)
    },
  },
  {
    clause: 'RA-10.6',
    title: '429 without Retry-After, or with nonsense in it, has no `retryAfterMs`',
    async run(bench) {
      for (const headers of [{}, { 'retry-after': 'soon' }]) {
        const { retryAfterMs } = await failing(bench, 'answered by 429', status(429, headers), 'SYNC_RATE_LIMITED')
        expectThat(retryAfterMs === undefined, '`retryAfterMs` to be undefined', retryAfterMs)
      }
    },
  },
  maps('RA-10.7', '500', status(500), ['SYNC_NETWORK', 'SYNC_PROTOCOL']),
  maps('RA-10.8', '503', status(503), ['SYNC_NETWORK', 'SYNC_RATE_LIMITED']),
  maps('RA-10.9', 'a 200 of HTML', { kind: 'html' }, 'SYNC_PROTOCOL'),
  maps('RA-10.10', 'a truncated body', { kind: 'cut' }, ['SYNC_PROTOCOL', 'SYNC_NETWORK']),
  maps('RA-10.11', 'a broken connection', { kind: 'reset' }, 'SYNC_NETWORK'),
  maps('RA-10.12', 'no connection', { kind: 'drop' }, 'SYNC_NETWORK'),
  {
    clause: 'RA-10.13',
    title: 'a redirect to another origin is not followed',
    needs: ownRequests,
    async run(bench) {
      const elsewhere = 'https://elsewhere.test/'
      await failing(bench, 'redirected elsewhere', { kind: 'redirect', to: `${elsewhere}pull` }, [
        'SYNC_PROTOCOL',
        'SYNC_NETWORK',
      ])
      const foreign = bench.wire.sent.filter(({ url }) => url.startsWith(elsewhere))
      expectThat(foreign.length === 0, 'no request to another origin', foreign)
    },
  },
  {
    clause: 'RA-10.14',
    title: 'a failed pull changes nothing: the next one is as good as the first',
    async run(bench) {
      await bench.write({ id: 'n1', title: 'one' })
      const codes = ['SYNC_NETWORK', 'SYNC_PROTOCOL'] as const
      for (const fault of [{ kind: 'drop' }, { kind: 'lost' }, status(500)] as const)
        await failing(bench, 'that fails', fault, codes)
      const { changes } = await bench.ada.run()
      expectThat(changes.length === 1, 'the row to be delivered after failures', changes)
    },
  },
]
