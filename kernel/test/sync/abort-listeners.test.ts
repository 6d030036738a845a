import { afterEach, beforeEach, expect, it } from 'vitest'

import { type Device, device } from '../support/device.ts'
import { TestServer, withLimits } from '../support/server.ts'
import { quiet } from '../support/virtual-env.ts'

const warnings: Error[] = []
const hear = (warning: Error): void => void warnings.push(warning)
beforeEach(() => {
  warnings.length = 0
  process.on('warning', hear)
})
afterEach(() => {
  process.off('warning', hear)
})

/** More than Node lets listen to one signal without a word. */
const ids: readonly string[] = Array.from({ length: 30 }, (_, n) => `t${n}`)

interface Case {
  readonly what: string
  readonly run: (made: Device, server: TestServer) => Promise<void>
}

const created = ({ tasks }: Device): Promise<unknown> => tasks.createMany(ids.map((id) => ({ id, title: id })))

const cases: readonly Case[] = [
  {
    what: 'requests under way at the same time',
    run: async (made, server) => {
      await created(made)
      await made.sync()
      expect(server.effects).toHaveLength(ids.length)
    },
  },
  {
    what: 'waits for the ends of writes',
    run: async (made) => {
      await created(made)
      const ends = Promise.all(ids.map((id) => made.tasks.settled(id)))
      await quiet()
      await made.sync()
      expect((await ends).map(({ state }) => state)).toEqual(ids.map(() => 'applied'))
    },
  },
  {
    what: 'writes that have to reach the server',
    run: async ({ tasks }, server) => {
      await Promise.all(ids.map((id) => tasks.create({ id, title: id }, { strategy: 'remoteFirst' })))
      expect(server.effects).toHaveLength(ids.length)
    },
  },
  {
    what: 'loops over live values',
    run: async ({ client, tasks }) => {
      const loops = ids.map(() => tasks.watchAll()[Symbol.asyncIterator]())
      for (const loop of loops) expect(await loop.next()).toEqual({ done: false, value: [] })
      const next = Promise.all(loops.map((loop) => loop.next()))
      await client.dispose()
      expect(await next).toEqual(loops.map(() => ({ done: true, value: undefined })))
    },
  },
  {
    what: 'plugins',
    run: async ({ client }) => {
      let ended = 0
      const count = (): void => {
        ended += 1
      }
      for (const name of ids) client.use({ name, setup: () => count })
      await client.dispose()
      expect(ended).toBe(ids.length)
    },
  },
]

it.each(cases)('many $what are no leak to the platform', async ({ run }) => {
  const server = new TestServer()
  const limits = withLimits({ operations: 1, parallel: Number.MAX_SAFE_INTEGER })
  const remote = server.adapter(limits)
  const push: typeof remote.push = async (request, context) => {
    await quiet()
    return remote.push(request, context)
  }
  await run(device(server, { remote: { ...remote, push } }), server)
  await quiet()
  expect(warnings.map(({ message }) => message)).toEqual([])
})
