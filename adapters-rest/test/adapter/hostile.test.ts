import type { JsonObject, PullRequest, PushRequest } from '@rowkeep/kernel'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { adapterWith, contextOf, json, operation, page, url } from './support.ts'

const nasty = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  '//evil.example',
  '..%2f',
  'a"b\\',
  '\u0000',
  '\ud800',
  '😀',
  '\u2028',
  ' ',
]
const text = fc.oneof(fc.constantFrom(...nasty), fc.string({ minLength: 1, maxLength: 40, unit: 'binary' }))
const value = fc.oneof(
  fc.json({ maxDepth: 3 }).map((written) => JSON.parse(written)),
  text,
)
/** Records with any field names, `__proto__` as a field of their own among them. */
const record = fc
  .array(fc.tuple(text, value), { maxLength: 6 })
  .map((fields) => Object.fromEntries(fields) as JsonObject)

const names = (one: JsonObject): readonly string[] => Object.keys(one).sort()

describe('whatever ids, collections and fields are called', () => {
  test('a push carries them unchanged, to the same address', async () => {
    await fc.assert(
      fc.asyncProperty(text, text, record, async (id, collection, fields) => {
        const request: PushRequest = {
          operations: [operation(id, { collection, change: { set: fields }, record: fields })],
          atomic: true,
        }
        const sent: Request[] = []
        const network = (arrived: Request): Response => {
          sent.push(arrived)
          return json([{ kind: 'applied' }])
        }
        expect(await adapterWith().push(request, contextOf(network))).toEqual([{ kind: 'applied' }])
        expect(sent[0]?.url).toBe(`${url}/push`)
        const body = (await sent[0]?.json()) as PushRequest
        expect(JSON.stringify(body)).toBe(JSON.stringify(request))
        expect(names(body.operations[0]?.record ?? {})).toEqual(names(fields))
      }),
    )
  })

  test('a page brings them unchanged, and no prototype is touched [F112]', async () => {
    await fc.assert(
      fc.asyncProperty(text, text, record, async (id, collection, fields) => {
        const request: PullRequest = { feed: { id: 'x', collections: [collection] }, cursor: null, limit: 10 }
        const row = { kind: 'record', collection, id, revision: '1', record: fields }
        const answer = await adapterWith().pull(
          request,
          contextOf(() => json({ ...page, changes: [row] })),
        )
        expect(JSON.stringify(answer)).toBe(
          JSON.stringify({ kind: page.kind, changes: [row], cursor: 'c1', more: false, epoch: 'e1', now: page.now }),
        )
        const change = answer.kind === 'expired' ? undefined : answer.changes[0]
        const got = change?.kind === 'record' ? change.record : {}
        expect(names(got)).toEqual(names(fields))
        expect(Object.getPrototypeOf(got)).toBe(Object.prototype)
        expect(Object.keys(Object.prototype)).toEqual([])
      }),
    )
  })

  test('any JSON in the place of a page or of verdicts is answered or refused, never anything else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async (body) => {
        const network = (): Response => new Response(body, { headers: { 'content-type': 'application/json' } })
        const request: PullRequest = { feed: { id: 'x', collections: ['notes'] }, cursor: null, limit: 10 }
        await expect(adapterWith().pull(request, contextOf(network))).rejects.toMatchObject({ code: 'SYNC_PROTOCOL' })
        const push = adapterWith().push({ operations: [operation('1')], atomic: false }, contextOf(network))
        await expect(push).rejects.toMatchObject({ code: 'SYNC_PROTOCOL' })
      }),
    )
  })
})
