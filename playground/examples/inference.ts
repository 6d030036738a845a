import { createSyncClient, type Resolver, record } from '@rowkeep/kernel'
import { belongsTo, hasMany } from '@rowkeep/kernel/relations'
import * as v from 'valibot'
import { client, type Project, tasks } from './app.ts'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const is = <T extends true>(): T | undefined => undefined

const created = await tasks.create({ title: 'x' })
is<Equal<(typeof created)['tags'], string[]>>()
is<Equal<(typeof created)['projectId'], string | null>>()
const [project] = await client.collections.projects.query({ with: { tasks: true } })
is<Equal<NonNullable<typeof project>['ownerId'], string>>()

// A resolver can live in its own file.
const keepLongest: Resolver<{ id: string; body: string }> = ({ local, remote }) =>
  !local || !remote ? 'remote' : local.body.length > remote.body.length ? 'local' : remote

export const notes = createSyncClient({
  collections: { notes: v.object({ id: v.string(), body: v.string() }), projects: record<Project>() },
  conflict: { notes: keepLongest },
  use: [
    {
      name: 'log',
      middleware: {
        create: (op, next) => {
          if (op.collection === 'notes') is<Equal<typeof op.record.body, string>>()
          // @ts-expect-error not a field of any record
          if (op.collection === 'notes') console.log(op.record.titel)
          return next()
        },
        push: async (op, next) => {
          const verdicts = await next()
          is<Equal<(typeof op)['kind'], 'push'>>()
          return verdicts
        },
      },
    },
  ],
})

const many = createSyncClient({
  collections: {
    a: { schema: record<{ id: string; n: number }>(), relations: { bs: hasMany('b', 'aId') } },
    b: { schema: record<{ id: string; aId: string }>(), relations: { a: belongsTo('a', 'aId') } },
  },
})
const [a] = await many.collections.a.query({ with: { bs: true } })
is<Equal<NonNullable<typeof a>['bs'], readonly { id: string; aId: string }[]>>()
