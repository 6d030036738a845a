import { isSyncError } from '@rowkeep/kernel'
import { ConformanceError } from '../core/conformance-error.ts'
import { expectThat, rejects, resolves, within } from '../core/expect.ts'
import type { Scenario } from '../core/scenario.ts'
import type { RemoteBench } from './bench.ts'
import { canWrite, ownRequests } from './needs.ts'
import { creation } from './operations.ts'
import { notes } from './remote.ts'

const page = { feed: notes, cursor: null, limit: 10 }

/** RA-12: signals, deadlines, the environment. */
export const calls: readonly Scenario<RemoteBench>[] = [
  {
    clause: 'RA-12.1',
    title: 'a signal that is already aborted fails a pull with SYNC_ABORTED before anything is sent',
    async run({ ada, wire }) {
      const context = ada.context({ signal: AbortSignal.abort() })
      await rejects('pull() with an aborted signal', 'SYNC_ABORTED', () => ada.adapter.pull(page, context))
      expectThat(wire.sent.length === 0, 'nothing to be sent', wire.sent)
    },
  },
  {
    clause: 'RA-12.2',
    title: 'a signal that aborts while the server is silent ends a pull with SYNC_ABORTED',
    async run({ ada, wire }) {
      const stop = new AbortController()
      await wire.under({ kind: 'silence' }, async () => {
        const call = ada.adapter.pull(page, ada.context({ signal: stop.signal }))
        const ended = rejects('pull() whose signal aborts', 'SYNC_ABORTED', () => call)
        await within('the request to be sent', wire.first)
        stop.abort()
        await ended
      })
    },
  },
  {
    clause: 'RA-12.3',
    title: 'a deadline that passes ends a pull with SYNC_TIMEOUT or SYNC_ABORTED',
    async run({ ada, wire }) {
      const stop = new AbortController()
      await wire.under({ kind: 'silence' }, async () => {
        const call = ada.adapter.pull(page, ada.context({ signal: stop.signal, timeoutMs: 50 }))
        const ended = rejects('pull() past its deadline', ['SYNC_TIMEOUT', 'SYNC_ABORTED'], () => call)
        await within('the request to be sent', wire.first)
        stop.abort(new DOMException('the deadline has passed', 'TimeoutError'))
        await ended
      })
    },
  },
  {
    clause: 'RA-12.4',
    title: 'a push whose deadline passes after the effect does not claim to be refused or unapplied',
    needs: canWrite,
    async run({ ada, wire }) {
      const stop = new AbortController()
      const request = { operations: [creation({ id: 'n1', title: 'mine' })], atomic: false }
      await wire.under({ kind: 'silence', after: true }, async () => {
        const call = ada.adapter.push(request, ada.context({ signal: stop.signal, timeoutMs: 50 }))
        const ended = within('push() past its deadline', call).catch((error: unknown) => {
          if (isSyncError(error)) return undefined
          throw error instanceof ConformanceError
            ? error
            : new ConformanceError('push() to fail with a SyncError', error)
        })
        await within('the request to be sent', wire.first)
        stop.abort(new DOMException('the deadline has passed', 'TimeoutError'))
        const verdicts = await ended
        const unknown = verdicts?.every((one) => one.kind === 'retry' && one.outcome === 'unknown') ?? true
        expectThat(unknown, 'a throw, or retry with outcome unknown', verdicts)
      })
    },
  },
  {
    clause: 'RA-12.5',
    title: 'every request of pull and push goes through the `fetch` of the environment',
    needs: ownRequests,
    async run({ ada, env, wire }) {
      let through = 0
      const counted = ((input, init) => {
        through += 1
        return env.fetch(input, init)
      }) as typeof env.fetch
      const context = ada.context({ env: { ...env, fetch: counted } })
      await resolves('pull()', () => ada.adapter.pull(page, context))
      await resolves('push()', () =>
        ada.adapter.push({ operations: [creation({ id: 'n1', title: 'mine' })], atomic: false }, context),
      )
      expectThat(
        through === wire.sent.length,
        `all ${wire.sent.length} requests to go through context.env.fetch`,
        through,
      )
    },
  },
  {
    clause: 'RA-12.6',
    title: 'calls at the same time, up to `limits.parallel`, do not disturb each other',
    async run({ ada, capabilities, write }) {
      await write(...Array.from({ length: 10 }, (_, n) => ({ id: `n${n}`, title: 'one of ten' })))
      const runs = Array.from({ length: Math.min(capabilities.limits.parallel, 4) }, () => ada.run({ limit: 3 }))
      for (const { changes } of await Promise.all(runs)) {
        const ids = new Set(changes.map(({ id }) => id))
        expectThat(ids.size === 10, 'each of the runs to list all ten rows', [...ids])
      }
    },
  },
]
