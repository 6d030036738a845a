import { behind, type Fault } from '@rowkeep/conformance-tests/faults'
import type { WorldBackend } from '../world/backends.ts'
import type { Column } from '../world/calls.ts'
import type { FrameFault } from '../world/channel.ts'
import type { Plan, Strike } from '../world/network.ts'
import type { Stage } from '../world/stage.ts'
import { liveScene } from './scenes/live.ts'
import { pullScene } from './scenes/pull.ts'
import { pushScene } from './scenes/push.ts'
import type { Weather } from './scenes/weather.ts'

/** What a fault does to a backend in a column, so many times; a text: why it cannot be there. */
type Treatment = (kind: WorldBackend, times: number) => Weather | string

/** One line of the matrix. */
export interface FaultRow extends Readonly<Record<Column, Treatment>> {
  readonly name: string
}

const scenes: Readonly<Record<Column, (stage: Stage, weather: Weather) => Promise<void>>> = {
  push: pushScene,
  pull: pullScene,
  live: liveScene,
}

/** Plays the scene of a column. */
export const play = (column: Column, stage: Stage, weather: Weather): Promise<void> => scenes[column](stage, weather)

const never =
  (reason: string): Treatment =>
  () =>
    reason

const striking =
  (column: Column, strike: Strike, skip = 1): Treatment =>
  (_, times) => ({ plan: { column, strike, skip, times } })

const noChannel = 'the backend has no channel'
const told =
  'a socket that is refused is not told by what status, nor shown a body: "5xx before the effect" is this cell'

/** On what opens a channel that is an answer of HTTP; elsewhere `otherwise`. */
const opening =
  (strike: Strike, otherwise: Partial<Plan> | string = told): Treatment =>
  ({ channel }, times) => {
    if (channel === 'none') return noChannel
    if (channel === 'answer' || channel === 'numbered') return { plan: { column: 'live', strike, skip: 0, times } }
    return typeof otherwise === 'string' ? otherwise : { plan: { column: 'live', skip: 0, times, ...otherwise } }
  }

/** A fault of the conformance suite, statuses in the backend's own words. */
const plain =
  (fault: Fault): Strike =>
  (request, server, { wording, hang }) => {
    if (fault.kind === 'silence') return hang()
    const body = fault.kind === 'status' ? wording?.(fault.status) : undefined
    return behind(body && fault.kind === 'status' ? { ...fault, body } : fault, server)(request)
  }

const everywhere = (name: string, fault: Fault, live: Treatment = opening(plain(fault))): FaultRow => ({
  name,
  push: striking('push', plain(fault)),
  pull: striking('pull', plain(fault)),
  live,
})

/** Arrives only when the device has long given it up, and has had its answer from another try. */
const late: Strike = (request, server, { overtaken, later, hang }) => {
  later(overtaken.then(() => server(request)))
  return hang()
}

/** Waits until a later request has been answered. */
const behindTheNext: Strike = async (request, server, { overtaken, later, hang }) => {
  const answer = overtaken.then(() => server(request))
  later(answer)
  // Where requests go one by one none overtakes it before the device gives it up.
  return Promise.race([answer, hang()])
}

const changed =
  (edit: (request: Request) => Promise<Request>, then: 'answer' | 'lose'): Strike =>
  async (request, server) => {
    const answer = await server(await edit(request))
    return then === 'answer' ? answer : undefined
  }

const half: Treatment = ({ half: edit }, times) =>
  typeof edit === 'string' ? edit : { plan: { column: 'push', strike: changed(edit, 'lose'), skip: 0, times } }

const shortPage: Treatment = ({ shorter }, times) =>
  typeof shorter === 'string'
    ? shorter
    : { plan: { column: 'pull', strike: changed(shorter, 'answer'), skip: 0, times } }

/** Spaces are legal around JSON: so long an answer is either read or refused, and nothing of it may be half read. */
const oversize: Strike = async (request, server) => {
  const answer = await server(request)
  if (!answer) return undefined
  const headers = { 'content-type': answer.headers.get('content-type') ?? 'application/json' }
  return new Response(' '.repeat(4_000_000) + (await answer.text()), { status: answer.status, headers })
}

const stamps: Treatment = () => ({ others: (stage, work) => stage.place.atOnce(work) })

const lateCommit: Treatment = ({ name }) =>
  /^(rest|supabase)$/.test(name)
    ? 'an embedded database has one connection: held on a real one by adapters-rest/test/postgres/concurrency.test.ts'
    : {
        async others(stage, work) {
          stage.place.stopClock?.()
          await work()
          await stage.device.client.synchronize()
          // Its stamp is no later than what the device has just read.
          await stage.write({ id: 'r4', title: 'r4, committed late', n: 5 })
        },
      }

const day = 86_400_000

const clock = (name: string, ms: number): FaultRow => {
  const jump: Treatment = ({ channel }, times) => ({
    begin: ({ device }) => device.clock.jump(ms * times),
    end: ({ device }) => device.clock.jump(-ms * (times - 1)),
    ...(channel === 'none' ? {} : {}),
  })
  return {
    name,
    push: jump,
    pull: jump,
    live: (kind, times) => (kind.channel === 'none' ? noChannel : jump(kind, times)),
  }
}

const channel = (
  name: string,
  frames: FrameFault,
  except: Partial<Record<WorldBackend['channel'], string>> = {},
): FaultRow => ({
  name,
  push: never('a push goes over no channel'),
  pull: never('a pull goes over no channel'),
  live: (kind, times) =>
    kind.channel === 'none'
      ? noChannel
      : (except[kind.channel] ?? { plan: { column: 'live', frames, skip: 0, times } }),
})

const status = (code: number, headers: Readonly<Record<string, string>> = {}): Fault => ({
  kind: 'status',
  status: code,
  headers,
})

const page = never('only a pull has pages')
const noEffect = never('it has no effect that could be before or after: "5xx before the effect" is this cell')

/** Every fault there is, in the order of the table. */
export const faults: readonly FaultRow[] = [
  {
    name: 'lost acknowledgement',
    push: striking('push', plain({ kind: 'lost' })),
    pull: striking('pull', plain({ kind: 'lost' })),
    live: opening(plain({ kind: 'drop' }), { handshake: 'refused' }),
  },
  everywhere(
    'duplicate request',
    { kind: 'twice' },
    opening(plain({ kind: 'twice' }), 'a socket is opened once; its messages have a line of their own'),
  ),
  {
    name: 'reorder',
    push: striking('push', behindTheNext),
    pull: striking('pull', behindTheNext),
    live: never('the messages of a channel have a line of their own'),
  },
  {
    name: 'delay past the deadline',
    push: striking('push', late),
    pull: striking('pull', late),
    live: opening(plain({ kind: 'silence' }), { handshake: 'unanswered' }),
  },
  everywhere('429 with Retry-After', status(429, { 'retry-after': '7' })),
  everywhere('429 without Retry-After', status(429)),
  everywhere('5xx before the effect', status(503), opening(plain(status(503)), { handshake: 'refused' })),
  {
    name: '5xx after the effect',
    push: striking('push', plain({ kind: 'status', status: 502, after: true })),
    pull: noEffect,
    live: noEffect,
  },
  everywhere('401 in mid-batch', status(401), opening(plain(status(401)), { handshake: 401 })),
  everywhere('403', status(403), opening(plain(status(403)), { handshake: 403 })),
  everywhere('409', status(409)),
  everywhere('412', status(412)),
  {
    name: 'half-applied batch',
    push: half,
    pull: never('only a push has a batch'),
    live: never('only a push has a batch'),
  },
  { name: 'short page with more to come', push: page, pull: shortPage, live: page },
  { name: 'equal stamps on a page edge', push: page, pull: stamps, live: page },
  { name: 'late commit', push: page, pull: lateCommit, live: page },
  clock('clock a day ahead', day),
  clock('clock a day behind', -day),
  everywhere('HTML instead of JSON', { kind: 'html' }),
  everywhere(
    'truncated body',
    { kind: 'cut' },
    never('an answer that does not end is never whole: "socket dropped" is this cell'),
  ),
  everywhere(
    'broken off in mid-body',
    { kind: 'reset' },
    never('an answer that does not end is never whole: "socket dropped" is this cell'),
  ),
  everywhere('redirect', { kind: 'redirect', to: 'https://portal.test/terms' }),
  {
    name: 'oversize',
    push: striking('push', plain(status(413))),
    pull: striking('pull', oversize),
    live: channel('', 'oversize', { numbered: 'its parts say their length' }).live,
  },
  channel('realtime silence', 'silence'),
  channel('realtime duplicate', 'duplicate'),
  channel('realtime early', 'early'),
  channel('realtime reordered', 'reordered'),
  channel('realtime partial', 'partial'),
  channel('socket dropped', 'dropped'),
]
