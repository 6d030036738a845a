import { projects, tasks } from './app.ts'

// Defaults are filled in by the schema, the id by the kernel.
const project = await projects.create({ name: 'House', ownerId: 'ada' })
const task = await tasks.create({ title: 'Urgent: lamp', priority: 3, projectId: project.id })
const done: boolean = task.done

// Tested here, then on the server.
await tasks.update(task.id, { done: true }, { where: { done: false } })
await tasks.update(task.id, (draft) => {
  draft.tags = [...draft.tags, 'now']
})

// A relation, typed both ways.
const [urgent] = await tasks.query({
  where: { priority: { gte: 2 }, title: { startsWith: 'Urgent' } },
  orderBy: { priority: 'desc' },
  with: { project: true },
})
const name: string | undefined = urgent?.project?.name
const [house] = await projects.query({ with: { tasks: true } })
const titles: string[] | undefined = house?.tasks.map(({ title }) => title)
console.log(done, name, titles)

// A write that waits for the server.
const saved = await tasks.save({ ...task, title: 'Lamp' }, { strategy: 'remoteFirst' })
const outcome = await tasks.settled(task.id)
console.log(saved.title, outcome.state)

// The task stays and lets go of the project.
await projects.delete(project.id)
console.log((await tasks.read(task.id))?.projectId)
await tasks.delete(task.id)
