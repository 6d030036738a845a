import { expectTypeOf, it } from 'vitest'
import { createSyncClient, record } from '../../src/index.ts'
import { belongsTo, deleteWithRelations, hasMany, hasOne, manyToMany, planDelete } from '../../src/relations/index.ts'

interface Person {
  id: string
  name: string
}
interface Project {
  id: string
  ownerId: string | null
}
interface Task {
  id: string
  title: string
  projectId: string
}
interface Tag {
  id: string
  label: string
}
interface TaskTag {
  id: string
  taskId: string
  tagId: string
}
interface Seat {
  row: string
  seat: string
  holder: string
}

const make = () =>
  createSyncClient({
    collections: {
      people: { schema: record<Person>(), relations: { first: hasOne('projects', 'ownerId') } },
      projects: {
        schema: record<Project>(),
        relations: {
          owner: belongsTo('people', 'ownerId', { onDelete: 'setNull' }),
          tasks: hasMany('tasks', 'projectId'),
        },
      },
      tasks: {
        schema: record<Task>(),
        relations: {
          project: belongsTo('projects', 'projectId'),
          tags: manyToMany('tags', { through: 'taskTags', from: 'taskId', to: 'tagId' }),
        },
      },
      tags: {
        schema: record<Tag>(),
        relations: { tasks: manyToMany('tasks', { through: 'taskTags', from: 'tagId', to: 'taskId' }) },
      },
      taskTags: record<TaskTag>(),
      seats: { schema: record<Seat>(), key: ['row', 'seat'] },
      tickets: {
        schema: record<{ id: string; row: string; seat: string }>(),
        relations: { place: belongsTo('seats', ['row', 'seat']) },
      },
    },
  }).collections
const all = make()

it('what is loaded has the type of what it leads to, at every level', async () => {
  const [task] = await all.tasks.query({
    with: { project: { with: { owner: true, tasks: { limit: 1, orderBy: { title: 'asc' } } } }, tags: true },
  })
  type Found = NonNullable<typeof task>
  expectTypeOf<NonNullable<NonNullable<Found['project']>['owner']>>().toEqualTypeOf<Person>()
  expectTypeOf<NonNullable<Found['project']>['tasks']>().toEqualTypeOf<readonly Task[]>()
  expectTypeOf<Found['tags']>().toEqualTypeOf<readonly Tag[]>()
  expectTypeOf<Found['title']>().toEqualTypeOf<string>()
  const [person] = await all.people.query({ with: { first: { with: { tasks: { with: { tags: true } } } } } })
  expectTypeOf(person?.first?.tasks[0]?.tags).toEqualTypeOf<readonly Tag[] | undefined>()
  const [ticket] = await all.tickets.query({ with: { place: true } })
  expectTypeOf(ticket?.place).toEqualTypeOf<Seat | undefined>()
  const watch = all.tags.watchQuery({ with: { tasks: { where: { title: { startsWith: 'x' } } } } })
  expectTypeOf(watch.getSnapshot()?.[0]?.tasks).toEqualTypeOf<readonly Task[] | undefined>()
})

it('a wrong name is an error at its place, at every level', async () => {
  // @ts-expect-error no such relation
  await all.tasks.query({ with: { projekt: true } })
  // @ts-expect-error no such relation, beside one that is
  await all.tasks.query({ with: { project: true, projekt: true } })
  // @ts-expect-error no such relation further in
  await all.tasks.query({ with: { project: { with: { ownr: true } } } })
  // @ts-expect-error no such relation further in, beside one that is
  await all.tasks.query({ with: { project: { with: { owner: true, ownr: true } } } })
  // @ts-expect-error no such field in the inner query
  await all.projects.query({ with: { tasks: { where: { titel: 'x' } } } })
  // @ts-expect-error one record has no limit
  await all.tasks.query({ with: { project: { limit: 1 } } })
  // @ts-expect-error not loaded further in
  console.log((await all.tasks.query({ with: { project: true } }))[0]?.project?.owner)
  // @ts-expect-error the same for a live query
  all.tasks.watchQuery({ with: { project: true, projekt: true } })
})

it('a relation names collections and fields that are there', () => {
  const rest = {
    tags: record<Tag>(),
    taskTags: record<TaskTag>(),
    seats: { schema: record<Seat>(), key: ['row', 'seat'] },
  }
  const tasks = record<Task>()
  const tagsBy = <const T extends string, const F extends string, const O extends string>(
    through: T,
    from: F,
    to: O,
  ) => ({
    tags: manyToMany('tags', { through, from, to }),
  })
  createSyncClient({
    collections: { ...rest, tasks: { schema: tasks, relations: tagsBy('taskTags', 'taskId', 'tagId') } },
  })
  createSyncClient({
    // @ts-expect-error no such field in the join
    collections: { ...rest, tasks: { schema: tasks, relations: tagsBy('taskTags', 'taskid', 'tagId') } },
  })
  createSyncClient({
    // @ts-expect-error no such field of the other side in the join
    collections: { ...rest, tasks: { schema: tasks, relations: tagsBy('taskTags', 'taskId', 'tag') } },
  })
  createSyncClient({
    // @ts-expect-error no such join
    collections: { ...rest, tasks: { schema: tasks, relations: tagsBy('tasktags', 'taskId', 'tagId') } },
  })
  createSyncClient({
    // @ts-expect-error no such field on the other side
    collections: { tasks, projects: { schema: record<Project>(), relations: { x: hasMany('tasks', 'pid') } } },
  })
  createSyncClient({
    // @ts-expect-error one of several fields is not there
    collections: { ...rest, tickets: { schema: tasks, relations: { x: belongsTo('seats', ['title', 'seat']) } } },
  })
  // @ts-expect-error no such behaviour
  belongsTo('projects', 'projectId', { onDelete: 'destroy' })
})

it('plans and large deletions take a collection', async () => {
  const plan = await planDelete(all.projects, 'p')
  expectTypeOf(plan.steps[0]?.what).toEqualTypeOf<'delete' | 'setNull' | 'restrict' | undefined>()
  await deleteWithRelations(all.projects, 'p', { plan })
  // @ts-expect-error a client is no collection
  await planDelete(createSyncClient({ collections: { tags: record<Tag>() } }), 'p')
})
