import type { Json } from '@rowkeep/kernel'
import { within } from '../deadline.ts'
import { key } from '../lite/users.ts'
import { type Device, deviceIn } from './device.ts'
import { type Exchange, recorded } from './exchange.ts'
import type { World } from './world.ts'

/** A request without a client. */
interface Ask {
  readonly body?: Json
  /** In the place of `body`, as it is. */
  readonly text?: string
  readonly prefer?: string
  /** Replace those that the client would send; `undefined`: leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>
}

/** What a chapter is played with. */
export interface Stage extends Pick<World['backend'], 'write' | 'remove'> {
  readonly shape: World['shape']
  /** Gives a row to somebody else. */
  evict(id: string): Promise<void>
  /** Lets nobody write a row. */
  forbid(id: string): Promise<void>
  /** Default token: `token-of-<user>`. */
  device(user?: string, token?: string): Device
  /** Sends a request below `/rest/v1/` as ada. */
  ask(method: string, target: string, ask?: Ask): Promise<void>
}

/** What was heard in a chapter. */
export interface Heard {
  readonly exchanges: readonly Exchange[]
  /** What devices were told. */
  readonly told: readonly string[]
}

/** The request as it is sent by hand. */
function requestOf(origin: string, method: string, target: string, { body, text, prefer, headers = {} }: Ask): Request {
  const usual = { apikey: key, authorization: 'Bearer token-of-ada', 'content-type': 'application/json', prefer }
  const given = Object.entries({ ...usual, ...headers }).filter((one): one is [string, string] => one[1] !== undefined)
  const sent = text ?? (body === undefined ? null : JSON.stringify(body))
  return new Request(`${origin}/rest/v1/${target}`, { method, body: sent, headers: given })
}

/** Plays a chapter in a world. */
export async function play(world: World, chapter: (stage: Stage) => Promise<void>): Promise<Heard> {
  const exchanges: Exchange[] = []
  const told: string[] = []
  const fetch = recorded(world, exchanges)
  const devices: Device[] = []
  const { backend, shape } = world
  const stage: Stage = {
    shape,
    write: (collection, row) => backend.write(collection, row),
    remove: (collection, id) => backend.remove(collection, id),
    evict: async (id) => backend.evict?.('notes', id),
    forbid: async (id) => backend.forbid?.('notes', id),
    device(user = 'ada', token = `token-of-${user}`) {
      const device = deviceIn(world, { user, token }, fetch, (what) => told.push(world.plain(String(what))))
      devices.push(device)
      return device
    },
    async ask(method, target, ask = {}) {
      await within(`${method} ${target}`, fetch(requestOf(backend.origin, method, target, ask)))
    },
  }
  try {
    await chapter(stage)
  } finally {
    for (const device of devices) await device.close()
    await backend.close?.()
  }
  return { exchanges, told }
}
