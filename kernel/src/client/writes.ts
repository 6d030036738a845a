import type { JsonObject } from '../env/json.ts'
import { invalidInput, SyncError } from '../errors/sync-error.ts'
import { isObject, toRecord } from '../model/value.ts'
import { accept, type Target } from '../outbox/accept.ts'
import { withDeadline } from '../sync/call.ts'
import { type Host, reach } from './host.ts'
import type { CollectionShape } from './options.ts'
import { settled } from './settled.ts'
import { withKey } from './validate.ts'
import { type AnyWriteOptions, decideWrite, keyOf, mustBeNew, mustBeThere, type Want, writeOne } from './write-one.ts'

type Mutate = (draft: JsonObject) => unknown

/** The change as it is now, whatever its owner does to it later; `undefined` stays, to remove a field. */
const fixed = (change: object): object => ({ ...change, ...toRecord(change, 'change') })

async function createMany(
  host: Host,
  shape: CollectionShape,
  inputs: readonly unknown[],
): Promise<readonly JsonObject[]> {
  if (!Array.isArray(inputs)) throw invalidInput('records must be a list')
  const drafts = inputs.map((input) => withKey(host, shape, input))
  const { journal, engine } = await host.open()
  const decided: (readonly [Target, JsonObject])[] = []
  for (const draft of drafts) {
    const wish = { id: keyOf(shape, draft), before: null, want: () => draft, where: undefined }
    // Each passes the middleware alone; all are accepted together.
    await decideWrite(host, shape, wish, (target, record) => {
      decided.push([target, record as JsonObject])
    })
  }
  await journal.write((draft) => {
    for (const [target, record] of decided) accept(draft, target, (now) => mustBeNew(shape, now, record))
  })
  engine?.want()
  return decided.map(([, record]) => record)
}

/**
 * A write that has to reach the server. @throws SyncError the reason of an end that is not applied; `SYNC_UNSUPPORTED` and, offline
 * or paused, `SYNC_NETWORK` before anything is stored; `SYNC_OUTCOME_UNKNOWN` where it has no end within the deadline of a request
 */
async function sent<T>(
  host: Host,
  { name }: CollectionShape,
  id: string,
  signal: AbortSignal | undefined,
  write: () => Promise<T>,
): Promise<T> {
  const { engine, ending } = await reach(host)
  const record = await write()
  const outcome = await withDeadline(host, ending.signal, () => {
    const end = settled(host, name, id, signal)
    // The end may be known although the rest of the cycle failed.
    return Promise.race([end, engine.synchronize().then(() => end)])
  }).catch((cause) => {
    throw new SyncError('SYNC_OUTCOME_UNKNOWN', { cause })
  })
  if ('reason' in outcome) throw outcome.reason
  return record
}

/** Writes one record. */
export type Write = (id: string, want: Want, options?: AnyWriteOptions) => Promise<unknown>

/** Writes for good. Writes to one record take turns in the order of their calls. */
function inTurns(host: Host, shape: CollectionShape): Write {
  return async (id, want, options) => {
    const opened = await host.open()
    // Nobody waits for a write of another user.
    const write = (): Promise<unknown> =>
      opened.inTurn(`${shape.name} ${String(id)}`, () => writeOne(host, opened, shape, id, want, options))
    return options?.strategy === 'remoteFirst' ? sent(host, shape, id, options.signal, write) : write()
  }
}

/** The writing half of a collection, untyped, over whatever `write` does. */
export function writesOf(host: Host, shape: CollectionShape, write: Write = inTurns(host, shape)): object {
  const put =
    (want: (record: JsonObject, before: JsonObject | null) => JsonObject) =>
    async (input: unknown, options?: AnyWriteOptions): Promise<unknown> => {
      const record = withKey(host, shape, input)
      return write(keyOf(shape, record), (before) => want(record, before), options)
    }
  return {
    create: put((record, before) => mustBeNew(shape, before, record)),
    createMany: (inputs: readonly unknown[]) => createMany(host, shape, inputs),
    save: put((record) => record),
    update: async (id: string, change: object | Mutate, options?: AnyWriteOptions) => {
      const fields = typeof change === 'function' ? undefined : fixed(change)
      const want = (before: JsonObject | null): object => {
        const record = mustBeThere(shape, before, id)
        if (fields) return { ...record, ...fields }
        const draft = structuredClone(record)
        const made = (change as Mutate)(draft)
        // A promise changes the draft too late, and a copy changes nothing: both would be lost unseen.
        if (isObject(made) && made !== draft) throw invalidInput('change must return nothing')
        return draft
      }
      return write(id, want, options)
    },
    delete: async (id: string, options?: AnyWriteOptions) => {
      await write(id, () => null, options)
    },
  }
}
