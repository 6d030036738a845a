import { describe, expect, it } from 'vitest'
import { type FirestoreDouble, firestoreDouble } from '../../src/testing/index.ts'
import { database, nameOf } from './wire.ts'

const path = '/google.firestore.v1.Firestore/Listen/channel'

const send = (
  double: FirestoreDouble,
  params: Readonly<Record<string, string>>,
  form?: Readonly<Record<string, string>>,
) =>
  double.fetch(
    new Request(`${double.origin}${path}?${new URLSearchParams({ VER: '8', database, ...params })}`, {
      ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
    }),
  )

const addTarget = JSON.stringify({ database, addTarget: { targetId: 2, documents: { documents: [nameOf('c/a')] } } })

/** Opens a channel whose first body adds a target. */
async function opened(token = 'owner'): Promise<{ double: FirestoreDouble; sid: string }> {
  const double = firestoreDouble()
  const headers = `Authorization:Bearer ${token}\r\nContent-Type:text/plain\r\n`
  const response = await send(double, { RID: '1' }, { headers, count: '1', ofs: '0', req0___data__: addTarget })
  const [, text = ''] = /^\d+\n(.*)$/s.exec(await response.text()) ?? []
  return { double, sid: JSON.parse(text)[0][1][1] }
}

/** Messages of the first chunk of a GET, by number. */
async function firstChunk(response: Response): Promise<readonly (readonly [number, readonly [object]])[]> {
  const reader = response.body?.getReader()
  const text = new TextDecoder().decode((await reader?.read())?.value)
  await reader?.cancel()
  const [, length, json = ''] = /^(\d+)\n(.*)$/s.exec(text) ?? []
  expect(json).toHaveLength(Number(length))
  return JSON.parse(json)
}

const kinds = (messages: Awaited<ReturnType<typeof firstChunk>>): readonly unknown[] =>
  messages.map(([number, [message]]) => [number, Object.keys(message)[0]])

describe('a channel', () => {
  it('keeps messages until the client says that it has them', async () => {
    const { double, sid } = await opened()
    const all = [
      [1, 'targetChange'],
      [2, 'documentDelete'],
      [3, 'targetChange'],
      [4, 'targetChange'],
    ]
    expect(kinds(await firstChunk(await send(double, { SID: sid, RID: 'rpc', AID: '0', CI: '0' })))).toEqual(all)
    // As the client does where the first GET seems to be held back by a proxy.
    expect(kinds(await firstChunk(await send(double, { SID: sid, RID: 'rpc', AID: '0', CI: '1' })))).toEqual(all)
    expect(kinds(await firstChunk(await send(double, { SID: sid, RID: 'rpc', AID: '2', CI: '1' })))).toEqual(
      all.slice(2),
    )
  })

  it('sends each message once on one GET', async () => {
    const { double, sid } = await opened()
    const response = await send(double, { SID: sid, RID: 'rpc', AID: '0', CI: '0' })
    const removal = JSON.stringify({ database, removeTarget: 2 })
    await send(double, { SID: sid, RID: '2', AID: '0' }, { count: '1', ofs: '1', req0___data__: removal })
    await double.close()
    expect([...(await response.text()).matchAll(/\[(\d+),\[\{/g)].map(([, number]) => number)).toEqual([
      '1',
      '2',
      '3',
      '4',
      '5',
    ])
  })

  it('ends its answer with each chunk where the client asks for that', async () => {
    const { double, sid } = await opened()
    const response = await send(double, { SID: sid, RID: 'rpc', AID: '0', CI: '1' })
    expect(await response.text()).toContain('documentDelete')
  })

  it('opens for everybody, and refuses by its first message', async () => {
    const { double, sid } = await opened('token-of-nobody')
    const [[, [message]] = [0, [{}]]] = await firstChunk(
      await send(double, { SID: sid, RID: 'rpc', AID: '0', CI: '0' }),
    )
    expect(message).toMatchObject({ error: { status: 'UNAUTHENTICATED', code: 401 } })
  })

  it('that is not known, or over, is refused', async () => {
    const { double, sid } = await opened()
    expect((await send(double, { SID: 'nobody', RID: 'rpc' })).status).toBe(400)
    expect((await send(double, { SID: sid, RID: '2', TYPE: 'terminate' })).status).toBe(200)
    expect((await send(double, { SID: sid, RID: 'rpc' })).status).toBe(400)
  })
})
