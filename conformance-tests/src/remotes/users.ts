import type { PushVerdict, SyncErrorCode } from '@rowkeep/kernel'
import { isSyncError } from '@rowkeep/kernel'
import { ConformanceError, shown } from '../core/conformance-error.ts'
import { expectThat, rejects, within } from '../core/expect.ts'
import type { Scenario } from '../core/scenario.ts'
import type { RemoteBench } from './bench.ts'
import { creation } from './operations.ts'
import { notes, type Remote } from './remote.ts'

/**
 * A push that cannot have taken effect: rejected with the code, or `retry` and `unapplied` under it. Other outcomes fail.
 */
export async function expectUnapplied(what: string, remote: Remote, code: SyncErrorCode): Promise<void> {
  const request = { operations: [creation({ id: 'n9', title: 'mine' })], atomic: false }
  let verdicts: readonly PushVerdict[]
  try {
    verdicts = await within(what, remote.adapter.push(request, remote.context()))
  } catch (error) {
    if (error instanceof ConformanceError || !isSyncError(error, code))
      throw error instanceof ConformanceError ? error : new ConformanceError(`${what} to fail with ${code}`, error)
    return
  }
  const [verdict] = verdicts
  const holds = verdict?.kind === 'retry' && verdict.outcome === 'unapplied' && verdict.error.code === code
  expectThat(holds, `${what} to fail with ${code}, or to be retry and unapplied under it`, verdicts)
}

const pull = (remote: Remote): Promise<unknown> =>
  remote.adapter.pull({ feed: notes, cursor: null, limit: 10 }, remote.context())

/** RA-8: users and their credentials. */
export const users: readonly Scenario<RemoteBench>[] = [
  {
    clause: 'RA-8.1',
    title: 'no user sees the rows of another',
    async run({ device, write }) {
      await write({ id: 'n1', title: 'of ada' })
      const { changes } = await device('bob').run()
      expectThat(changes.length === 0, 'bob to see none of the rows of ada', changes)
    },
  },
  {
    clause: 'RA-8.2',
    title: 'a token that nobody has fails with SYNC_AUTH_REQUIRED',
    async run({ device, truth, writes }) {
      const stranger = device('ada', 'token-of-nobody')
      await rejects('pull() with an unknown token', 'SYNC_AUTH_REQUIRED', () => pull(stranger))
      if (writes === 'none') return
      await expectUnapplied('push() with an unknown token', stranger, 'SYNC_AUTH_REQUIRED')
      expectThat((await truth('n9')) === undefined, 'a push with an unknown token to have no effect', await truth('n9'))
    },
  },
  {
    clause: 'RA-8.3',
    title: "a call for one user with another user's token fails with SYNC_USER_MISMATCH, without effect",
    async run({ device, truth, write, writes }) {
      await write({ id: 'n1', title: 'of ada' })
      const mixed = device('ada', 'token-of-bob')
      await rejects("pull() for ada with bob's token", 'SYNC_USER_MISMATCH', () => pull(mixed))
      if (writes === 'none') return
      await expectUnapplied("push() for ada with bob's token", mixed, 'SYNC_USER_MISMATCH')
      expectThat((await truth('n9')) === undefined, 'the push to have no effect for ada', await truth('n9'))
      const { changes } = await device('bob').run()
      expectThat(changes.length === 0, 'the push to have no effect for bob', changes)
    },
  },
  {
    clause: 'RA-8.4',
    title: 'a token is never part of a URL',
    async run({ ada, wire }) {
      await ada.run()
      await ada.push([creation({ id: 'n1', title: 'mine' })])
      const leaks = wire.sent.filter(({ url }) => url.includes('token-of-ada')).map(({ url }) => url)
      expectThat(leaks.length === 0, 'no URL with the token in it', leaks)
    },
  },
  {
    clause: 'RA-8.5',
    title: 'a token is never part of an error',
    async run({ ada, wire }) {
      for (const status of [401, 500]) {
        const error = await wire
          .under({ kind: 'status', status }, () => within('pull()', pull(ada)))
          .then(
            () => undefined,
            (reason: unknown) => reason,
          )
        const text = isSyncError(error) ? JSON.stringify(error) : shown(error)
        expectThat(!text.includes('token-of-ada'), 'no error with the token in it', text)
      }
    },
  },
]
