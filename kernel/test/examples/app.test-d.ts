import { expectTypeOf, it } from 'vitest'
import { projects, tasks } from './app.ts'

it('types a relation both ways', async () => {
  const [task] = await tasks.query({
    where: { priority: { gte: 2 }, title: { startsWith: 'Urgent' } },
    orderBy: { priority: 'desc' },
    with: { project: true },
  })
  expectTypeOf(task?.project?.name).toEqualTypeOf<string | undefined>()
  const [project] = await projects.query({ with: { tasks: true } })
  expectTypeOf(project?.tasks.map(({ title }) => title)).toEqualTypeOf<string[] | undefined>()
})

it('types every kind of write', async () => {
  const made = await tasks.create({ title: 'x' })
  expectTypeOf(made.done).toEqualTypeOf<boolean>()
  await tasks.update(made.id, { done: true }, { where: { done: false } })
  await tasks.update(made.id, (draft) => {
    draft.tags = [...draft.tags, 'now']
  })
  await tasks.save({ ...made, title: 'y' })
  const outcome = await tasks.settled(made.id)
  if (outcome.state === 'applied') expectTypeOf(outcome.revision).toEqualTypeOf<string | null>()
  else expectTypeOf(outcome.id).toEqualTypeOf<string>()
})
