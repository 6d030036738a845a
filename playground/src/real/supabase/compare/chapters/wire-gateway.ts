import type { Chapter } from '../chapter.ts'

/** Keys and tokens; tables, functions and methods that are not there. */
export const wireGateway: readonly Chapter[] = [
  {
    about: 'keys and tokens: none, wrong, of nobody who signed in, forged',
    async play({ ask, write }) {
      await write('notes', { id: 'a', title: 'x' })
      const body = { id: 'n', title: 'x' }
      for (const headers of [
        { apikey: undefined },
        { apikey: undefined, authorization: undefined },
        { apikey: 'another-key' },
        { authorization: undefined },
        { authorization: 'Bearer anon-key' },
        { authorization: 'Bearer token-of-nobody' },
        { authorization: 'Bearer a word' },
        { authorization: 'Basic YTpi' },
        { authorization: 'Bearer token-of-bob' },
      ]) {
        await ask('GET', 'notes?select=*', { headers })
        await ask('POST', 'notes?select=id', {
          headers,
          body: { ...body, id: `n-${headers.authorization ?? ''}` },
          prefer: 'return=representation',
        })
        await ask('PATCH', 'notes?id=eq.a', { headers, body, prefer: 'return=representation' })
      }
    },
  },
  {
    about: 'tables, functions and methods that are not there',
    async play({ ask }) {
      await ask('GET', 'nothing?select=*')
      await ask('HEAD', 'nothing?select=*')
      await ask('PATCH', 'nothing?id=eq.a', { body: { id: 'a' } })
      await ask('DELETE', 'nothing?id=eq.a')
      await ask('POST', 'rpc/nothing', { body: {} })
      await ask('POST', 'rpc/rowkeep_pull', { body: { cursor: null, collections: ['notes'], lim: 10 } })
      await ask('QUERY', 'notes')
    },
  },
]
