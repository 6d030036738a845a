import type { Chapter } from '../chapter.ts'
import type { Stage } from '../stage.ts'

async function rows({ write, remove }: Stage): Promise<void> {
  await write('notes', { id: 'a', title: 'Alpha', done: false, n: 1, tags: ['x', 'y z'] })
  await write('notes', { id: 'b', title: 'beta', done: true, n: 2.5, tags: [] })
  await write('notes', { id: 'c', title: 'Gamma, (delta)', n: 10 })
  await write('notes', { id: 'd', done: true, n: -0.5 })
  await write('notes', { id: 'e', title: 'gone', n: 10 })
  await remove('notes', 'e')
}

const gets = (about: string, queries: readonly string[], prefer?: string): Chapter => ({
  about,
  async play(stage) {
    await rows(stage)
    for (const query of queries) await stage.ask('GET', `notes?${query}`, prefer === undefined ? {} : { prefer })
  },
})

/** The order of text, where the database has the one that the double has. */
export const order: Chapter = {
  about: 'text in the order of an English collation',
  async play(stage) {
    const ids = [
      'a',
      'B',
      'b',
      'A',
      'á',
      'z',
      'Z',
      '1',
      '10',
      '2',
      '_',
      '-',
      'a-b',
      'ab',
      'a b',
      'é',
      'ñ',
      'n',
      'o',
      'ß',
      'ss',
    ]
    for (const id of ids) await stage.write('notes', { id, title: id })
    await stage.ask('GET', 'notes?order=id')
    await stage.ask('GET', 'notes?order=id.desc&limit=5')
    for (const id of ids) await stage.ask('GET', `notes?order=id&id=gt.${encodeURIComponent(id)}`)
  },
}

/** Reads as any client may send them. */
export const wireReads: readonly Chapter[] = [
  gets('filters on each type, null among the rows', [
    '',
    'n=eq.10',
    'n=neq.10',
    'n=gt.1',
    'n=gte.2.5',
    'n=lt.0',
    'n=lte.-0.5',
    'n=eq.1e1',
    'n=not.eq.10',
    'n=is.null',
    'n=not.is.null',
    'done=is.true',
    'done=is.false',
    'done=is.unknown',
    'done=not.is.true',
    'done=eq.true',
    'done=eq.T',
    'done=neq.true',
    'done=in.(true,false)',
    'title=eq.Gamma, (delta)',
    'title=eq."Alpha"',
    'title=eq.%20beta',
    'title=neq.null',
    'title=eq.true',
    'title=neq.{a}',
    'title=in.("Gamma, (delta)",beta)',
    'title=in.()',
    'title=not.in.(beta)',
    'title=is.null',
    'title=like.*a',
    'title=like.%25m_a%25',
    'title=not.like.*a*',
    'tags=is.null',
    'version=eq.1',
    'id=gt.b',
    'id=gte.b&id=lt.d',
    'updated_at=gt.2000-01-01',
    'updated_at=lt.2000-01-01T00:00:00Z',
    'updated_at=gte.1999-12-31T23:59:59.123456%2B02:00',
    'updated_at=gt.infinity',
    'updated_at=gt.-infinity',
  ]),
  gets('groups of filters', [
    'or=(n.eq.1,n.eq.10)',
    'and=(n.gt.1,done.is.true)',
    'not.or=(n.eq.1,n.eq.10)',
    'not.and=(n.gt.1,done.is.true)',
    'or=(n.eq.1,and(n.gt.1,done.is.true))',
    'or=(n.eq.1,not.and(n.gt.1,done.is.true))',
    'or=(title.eq."Gamma, (delta)",title.not.is.null)',
    'or=(title.eq."a\\"b",id.eq.a)',
    'or=(title.in.("Gamma, (delta)",beta),id.eq.d)',
    'or=("n".eq.1,"id".eq.b)',
    'or=(n.not.eq.1)',
    'or=(n.eq.1,n.eq.10)&or=(id.eq.a,id.eq.b)',
    'or=(n.eq. 1,id.eq.b)',
    'or=(id.eq.a, id.eq.b)',
  ]),
  gets(
    'order, pages and counts',
    [
      'order=id',
      'order=id.desc',
      'order=done,id',
      'order=done.desc,id.desc',
      'order=done.asc.nullsfirst,id',
      'order=done.desc.nullslast,id',
      'order=n.desc.nullslast,id&limit=2',
      'order=id&limit=2&offset=1',
      'order=id&limit=100',
      'order=id&limit=0',
      'order=id&offset=3',
      'order=id&offset=4',
      'order=id&offset=5',
      'order=id&offset=9',
      'order=id&limit=1&offset=99',
      'select=id,n&order=id',
      'select=id&order="id".desc',
      'select="id","n"&order=id',
      'select=n,*&id=eq.a',
      'id=eq.nobody',
    ],
    'count=exact',
  ),
  gets('pages without a count', ['order=id&limit=2', 'order=id&offset=9', 'order=id&limit=2&offset=4', 'id=eq.nobody']),
  gets('what no filter, order, page or list of columns is', [
    'colour=eq.red',
    'order=colour',
    'select=colour',
    'or=(colour.eq.red,id.eq.a)',
    'id=like2.a',
    'id=eq',
    'id=a',
    'id=is.a',
    'title=is.true',
    'n=eq.many',
    'n=eq.',
    'n=like.a',
    'done=eq.perhaps',
    'done=eq.',
    'version=eq.1.5',
    'version=eq.99999999999999999999',
    'tags=eq.x',
    'updated_at=gt.soon',
    'updated_at=gt.2026-13-01',
    'updated_at=gt.2026-02-30',
    'updated_at=gt.',
    'or=(id.eq.a',
    'or=id.eq.a',
    'or=()',
    'and=()',
    'or=(id.eq."a"b,id.eq.c)',
    'or=(id.like2.a)',
    'or=(.eq.a)',
    'or=(id.eq.a))',
    'id=in.a',
    'id=in.(a',
    'order=id.sideways',
    'order=id.desc.asc',
    'limit=-1',
    'limit=many',
    'select=id,,n',
    'select=id,',
  ]),
  {
    about: 'a page of more rows than the server gives',
    async play(stage) {
      const body = Array.from({ length: 1001 }, (_, n) => ({ id: `r${String(n).padStart(4, '0')}` }))
      await stage.ask('POST', 'notes', { body })
      for (const limit of [1, 1000, 1001, 5000]) {
        await stage.ask('GET', `notes?select=id&order=id&limit=${limit}`, { prefer: 'count=exact' })
      }
      await stage.ask('GET', 'notes?select=id&order=id', { prefer: 'count=exact' })
    },
  },
  {
    about: 'reads of exactly one row, and reads of the head',
    async play(stage) {
      await rows(stage)
      const one = { headers: { accept: 'application/vnd.pgrst.object+json' } }
      for (const query of ['id=eq.a', 'id=eq.nobody', 'n=gt.0', 'select=id&id=eq.b']) {
        await stage.ask('GET', `notes?${query}`, one)
      }
      await stage.ask('HEAD', 'notes?select=*', { prefer: 'count=exact' })
      await stage.ask('HEAD', 'notes?n=gt.1', { prefer: 'count=exact' })
      await stage.ask('HEAD', 'notes?n=gt.99')
    },
  },
]
