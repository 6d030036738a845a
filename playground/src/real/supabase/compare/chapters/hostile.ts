import type { Json } from '@rowkeep/kernel'
import type { Chapter } from '../chapter.ts'

const ids = [
  'a,b',
  'a.b',
  'a"b"',
  '\\',
  '(a)',
  'a b',
  'é',
  '😀',
  '%',
  '%2C',
  'a&b=c',
  'a+b',
  '#a',
  '*',
  'nullable',
  'truth',
  'not.eq.x',
  "'; drop table notes; --",
  'a\nb',
  '1e3',
  'a{b}',
  '-',
]

const values: readonly (readonly [column: string, value: Json])[] = [
  ['title', ''],
  ['title', 'null'],
  ['title', 'it\'s "quoted", (really) \\ \n\t {a,b}'],
  ['title', '\u0001\u007f\u2028\u{1F9D1}\u200D\u{1F680}'],
  ['n', 0.1],
  ['n', -0],
  ['n', 1e300],
  ['n', 5e-324],
  ['n', 9007199254740992],
  ['n', '7'],
  ['n', ' 7.5e2 '],
  ['n', 'many'],
  ['n', ''],
  ['done', 'yes'],
  ['done', ' ON '],
  ['tags', []],
  ['tags', ['', 'a,b', '"', '\\', '{}', ' ', 'é']],
  ['tags', 'a'],
]

/** Ids and values that have to be quoted, and values that are no good, through the client and our adapter. */
export const hostile: readonly Chapter[] = [
  {
    about: 'ids with marks of every kind, created, updated, deleted and read',
    async play({ device }) {
      const ada = device()
      for (const id of ids) await ada.push('create', id, { change: { set: { title: id } } })
      for (const id of ids) {
        await ada.push('create', id, { change: { set: { title: id } }, resend: true })
        await ada.push('update', id, { change: { set: { n: 1 } }, expected: ada.revision(id) })
        await ada.push('delete', id, { expected: ada.revision(id) })
      }
      await ada.run()
    },
  },
  {
    about: 'values with marks of every kind, and such as a column cannot hold',
    async play({ device }) {
      const ada = device()
      for (const [n, [column, value]] of values.entries()) {
        await ada.push('create', `v${n}`, { change: { set: { [column]: value } } })
      }
      await ada.run()
    },
  },
]
