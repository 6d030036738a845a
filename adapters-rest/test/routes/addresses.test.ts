import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { changesSince, overwrite } from '../../src/routes/index.ts'
import { plainDouble } from '../../src/testing/index.ts'
import { contextOf } from '../adapter/support.ts'
import { answer, brief, note, plain, pullOf, pushOne, script, status } from './support.ts'

const hostile = [
  'a/b',
  '/',
  '//evil.example',
  '%2e%2e',
  '%2F',
  '..%2f',
  'a?b=c',
  'a#b',
  'a\\b',
  ' ',
  '\u0000',
  ':',
  '@',
  'é',
]
const id = fc
  .oneof(fc.constantFrom(...hostile), fc.string({ minLength: 1, maxLength: 30, unit: 'binary' }))
  .filter((text) => !['.', '..'].includes(text) && !/\p{Surrogate}/u.test(text))

const put = (text: string) => note({ id: text, record: { id: text } })

describe('an item address', () => {
  test('holds any id as one segment of the path, and nothing else of it [F114]', async () => {
    await fc.assert(
      fc.asyncProperty(id, async (text) => {
        const { network, sent } = script(status(204))
        expect(await pushOne(plain(), put(text), network)).toEqual({ kind: 'applied' })
        const asked = new URL(sent[0]?.url ?? '')
        expect(asked.origin + asked.search + asked.hash).toBe('https://api.example.com')
        const segments = asked.pathname.split('/')
        expect(segments.slice(0, 3)).toEqual(['', 'v1', 'notes'])
        expect(segments.slice(3).map(decodeURIComponent)).toEqual([text])
      }),
    )
  })

  test('holds any id in the query where the template has it there, dots too', async () => {
    const collections = { notes: { path: '/notes', item: '/notes?id={id}&v=2' } }
    await fc.assert(
      fc.asyncProperty(fc.oneof(id, fc.constantFrom('.', '..')), async (text) => {
        const { network, sent } = script(status(204))
        await pushOne(plain({ collections }), put(text), network)
        const asked = new URL(sent[0]?.url ?? '')
        expect(asked.pathname).toBe('/v1/notes')
        expect([...asked.searchParams]).toEqual([
          ['id', text],
          ['v', '2'],
        ])
      }),
    )
  })

  test.each(['.', '..', '', 'a\ud800'])('is refused for the id %j, without a request', async (text) => {
    const { network, sent } = script()
    expect(await pushOne(plain(), put(text), network)).toMatchObject({
      kind: 'rejected',
      error: { code: 'SYNC_UNSUPPORTED', message: expect.stringMatching(/no URL of this collection can name the id/) },
    })
    expect(sent).toEqual([])
  })

  test('is found by the double in both forms', async () => {
    const double = plainDouble({ versions: 'none' })
    const network = (request: Request): Promise<Response> => double.fetch(request)
    const session = (): { user: string; token: string } => ({ user: 'ada', token: 'token-of-ada' })
    const here = { session, writes: overwrite() }
    const atRoot = { url: double.origin }
    const byPath = plain({ ...here }, atRoot)
    const byQuery = plain({ ...here, collections: { notes: { path: '/notes', item: '/notes?id={id}' } } }, atRoot)
    for (const text of hostile) expect((await pushOne(byPath, put(text), network)).kind).toBe('applied')
    for (const text of ['.', '..']) expect((await pushOne(byQuery, put(text), network)).kind).toBe('applied')
    const kept = (await double.rows('notes')).map((one) => one['id'])
    expect(new Set(kept)).toEqual(new Set([...hostile, '.', '..']))
    await pushOne(byPath, note({ id: '/', kind: 'delete', record: null }), network)
    expect(await double.rows('notes')).toHaveLength(hostile.length + 1)
  })

  test('keeps what the path of the list has in its query', async () => {
    const collections = { notes: { path: '/notes?kind=open', item: '/notes/{id}.json' } }
    const { network, sent } = script(status(204))
    await pushOne(plain({ collections }), put('..'), network)
    const { network: lists, sent: asked } = script(answer({ items: [] }))
    await plain({ collections, feed: changesSince() }).pull(pullOf(), contextOf(lists))
    expect([...sent, ...asked].map(brief)).toEqual([
      'PUT /notes/...json if-match: "4"',
      'GET /notes?kind=open&limit=10',
    ])
  })
})
