import * as v from 'valibot'
import { expectTypeOf, it } from 'vitest'
import { createSyncClient, type Resolver, record } from '../../src/index.ts'
import { belongsTo, hasMany } from '../../src/relations/index.ts'
import { client, type Project, tasks } from './app.ts'

it('infers records from the schemas', async () => {
  const created = await tasks.create({ title: 'x' })
  expectTypeOf(created.tags).toEqualTypeOf<string[]>()
  expectTypeOf(created.projectId).toEqualTypeOf<string | null>()
  const [project] = await client.collections.projects.query({ with: { tasks: true } })
  expectTypeOf(project?.ownerId).toEqualTypeOf<string | undefined>()
})

// A resolver can live in its own file.
const keepLongest: Resolver<{ id: string; body: string }> = ({ local, remote }) =>
  !local || !remote ? 'remote' : local.body.length > remote.body.length ? 'local' : remote

it('types plugins and resolvers by the collections of the client', () => {
  createSyncClient({
    collections: { notes: v.object({ id: v.string(), body: v.string() }), projects: record<Project>() },
    conflict: { notes: keepLongest },
    use: [
      {
        name: 'log',
        middleware: {
          create: (op, next) => {
            if (op.collection === 'notes') expectTypeOf(op.record.body).toEqualTypeOf<string>()
            // @ts-expect-error not a field of any record
            if (op.collection === 'notes') console.log(op.record.titel)
            return next()
          },
          push: async (op, next) => {
            const verdicts = await next()
            expectTypeOf(op.kind).toEqualTypeOf<'push'>()
            return verdicts
          },
        },
      },
    ],
  })
  // @ts-expect-error resolver for a collection that does not exist
  createSyncClient({ collections: { notes: record<Project>() }, conflict: { nots: () => 'ask' } })
})

it('infers related records of two collections that refer to each other', async () => {
  const many = createSyncClient({
    collections: {
      a: { schema: record<{ id: string; n: number }>(), relations: { bs: hasMany('b', 'aId') } },
      b: { schema: record<{ id: string; aId: string }>(), relations: { a: belongsTo('a', 'aId') } },
    },
  })
  const [a] = await many.collections.a.query({ with: { bs: true } })
  expectTypeOf(a?.bs).toEqualTypeOf<readonly { id: string; aId: string }[] | undefined>()
})
