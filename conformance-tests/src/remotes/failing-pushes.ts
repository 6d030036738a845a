import { isSyncError, type PushVerdict } from '@rowkeep/kernel'
import { ConformanceError } from '../core/conformance-error.ts'
import { expectThat, within } from '../core/expect.ts'
import type { Scenario } from '../core/scenario.ts'
import type { RemoteBench } from './bench.ts'
import type { Fault } from './faults.ts'
import { ownRequests } from './needs.ts'
import { creation } from './operations.ts'
import { expectUnapplied } from './users.ts'

/** Verdicts on two creates under the fault; `undefined`: the call failed with a SyncError, so the outcome is unknown. */
async function pushUnder(
  { ada, capabilities, wire }: RemoteBench,
  fault: Fault,
): Promise<readonly PushVerdict[] | undefined> {
  const ids = capabilities.limits.operations > 1 ? ['n1', 'n2'] : ['n1']
  const request = { operations: ids.map((id) => creation({ id, title: 'mine' })), atomic: false }
  try {
    return await within(
      'push()',
      wire.under(fault, () => ada.adapter.push(request, ada.context())),
    )
  } catch (error) {
    if (error instanceof ConformanceError) throw error
    if (!isSyncError(error)) throw new ConformanceError('push() to fail with a SyncError', error)
    return undefined
  }
}

const isUnknown = (verdict: PushVerdict): boolean => verdict.kind === 'retry' && verdict.outcome === 'unknown'

/** A scenario whose whole content is: after this fault the outcome is unknown, and the adapter does not claim to know it. */
const unknown = (clause: `RA-11.${number}`, title: string, fault: Fault): Scenario<RemoteBench> => ({
  clause,
  title: `after ${title} the outcome of a push is unknown: a throw, or \`retry\` with outcome unknown`,
  async run(bench) {
    const verdicts = await pushUnder(bench, fault)
    const holds = verdicts === undefined || verdicts.every(isUnknown)
    expectThat(holds, `push() to throw, or to answer retry with outcome unknown, after ${title}`, verdicts)
  },
})

/** A scenario whose whole content is: this answer came before any effect, and the adapter says so. */
const unapplied = (
  clause: `RA-11.${number}`,
  status: number,
  code: 'SYNC_AUTH_REQUIRED' | 'SYNC_RATE_LIMITED',
): Scenario<RemoteBench> => ({
  clause,
  title: `${status} fails a push with ${code}, or leaves it \`retry\` and unapplied`,
  run: ({ ada, wire }) =>
    wire.under({ kind: 'status', status }, () => expectUnapplied(`push() answered by ${status}`, ada, code)),
})

/** RA-11: what a push makes of answers that are no verdicts. */
export const failingPushes: readonly Scenario<RemoteBench>[] = [
  unapplied('RA-11.1', 401, 'SYNC_AUTH_REQUIRED'),
  unapplied('RA-11.2', 429, 'SYNC_RATE_LIMITED'),
  {
    clause: 'RA-11.3',
    title: '403 refuses a push: SYNC_FORBIDDEN, by verdict or by throw, never applied',
    async run({ ada, wire }) {
      const request = { operations: [creation({ id: 'n1', title: 'mine' })], atomic: false }
      let seen: unknown
      try {
        const call = (): Promise<readonly PushVerdict[]> => ada.adapter.push(request, ada.context())
        const [verdict] = await within('push() answered by 403', wire.under({ kind: 'status', status: 403 }, call))
        seen = verdict
        if (verdict?.kind === 'rejected' && verdict.error.code === 'SYNC_FORBIDDEN') return
      } catch (error) {
        if (isSyncError(error, 'SYNC_FORBIDDEN')) return
        seen = error
      }
      throw new ConformanceError('push() answered by 403 to end with SYNC_FORBIDDEN', seen)
    },
  },
  unknown('RA-11.4', 'an answer that was lost', { kind: 'lost' }),
  unknown('RA-11.5', 'a connection that broke in the answer', { kind: 'reset' }),
  unknown('RA-11.6', '500 after the effect', { kind: 'status', status: 500, after: true }),
  unknown('RA-11.7', '502 after the effect', { kind: 'status', status: 502, after: true }),
  unknown('RA-11.8', 'a 200 of HTML after the effect', { kind: 'html', after: true }),
  unknown('RA-11.9', 'a truncated answer', { kind: 'cut' }),
  {
    clause: 'RA-11.10',
    title: 'a push is never sent to another origin',
    needs: ownRequests,
    async run(bench) {
      const elsewhere = 'https://elsewhere.test/'
      await pushUnder(bench, { kind: 'redirect', to: `${elsewhere}push` })
      const foreign = bench.wire.sent.filter(({ url }) => url.startsWith(elsewhere))
      expectThat(foreign.length === 0, 'no request to another origin', foreign)
    },
  },
]
