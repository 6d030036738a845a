import { agreement } from '../agreement.ts'
import { mustEqual, untilNone } from '../checks.ts'
import type { Stage } from '../stage.ts'
import type { Step } from './step.ts'

/** A task that both devices and the server have. */
async function sharedTask(stage: Stage, title: string): Promise<string> {
  const { id } = await stage.a.addTask(title)
  await agreement(stage)
  return id
}

const bothOffline = async ({ a, b }: Stage): Promise<unknown> => Promise.all([a.goOffline(), b.goOffline()])

/** One after the other, so that it is known who comes second. */
async function onlineInTurn(stage: Stage): Promise<void> {
  await stage.a.goOnline()
  await untilNone('device A has sent its writes', async () => {
    const { pending } = await stage.a.readStatus()
    return pending === 0 ? [] : [`${pending} wait`]
  })
  await stage.b.goOnline()
}

/** Both edit one task, in different fields. */
export const differentFields: Step = {
  tells: 'Offline again, both edit the same task: A its title, B its place.',
  async play(stage) {
    const { a, b } = stage
    const id = await sharedTask(stage, 'Buy bread')
    await bothOffline(stage)
    await a.editTask(id, { title: 'Buy rye bread' })
    await b.editTask(id, { place: 'bakery' })
    await onlineInTurn(stage)
    await agreement(stage)
    const merged = (await a.listTasks()).find((task) => task.id === id)
    mustEqual('the task', merged, { id, title: 'Buy rye bread', place: 'bakery', done: false })
    mustEqual('conflicts told', await b.conflictsSeen(), [])
    return 'both edits are in, no conflict'
  },
}

/** Both edit one task, in the same field. */
export const sameField: Step = {
  tells: 'Offline again, both edit the title of the same task.',
  async play(stage) {
    const { a, b } = stage
    const id = await sharedTask(stage, 'Water the plants')
    await bothOffline(stage)
    await a.editTask(id, { title: 'Water the roses' })
    await b.editTask(id, { title: 'Water the ferns' })
    await onlineInTurn(stage)
    await agreement(stage)
    const title = (await a.listTasks()).find((task) => task.id === id)?.title
    mustEqual('the title', title, 'Water the ferns')
    mustEqual('conflicts told', await b.conflictsSeen(), [{ id, fields: ['title'] }])
    return `"${title}" wins everywhere, and B was told of the conflict`
  },
}

/** One deletes what the other edits. */
export const deletedAndEdited: Step = {
  tells: 'Offline again, A deletes a task that B edits: a person has to decide.',
  async play(stage) {
    const { a, b, server } = stage
    const id = await sharedTask(stage, 'Paint the fence')
    await bothOffline(stage)
    await a.deleteTask(id)
    const edited = await b.editTask(id, { title: 'Paint the fence green' })
    await onlineInTurn(stage)
    await untilNone('the conflict is in the inbox of B', async () =>
      (await b.listInbox()).length === 1 ? [] : ['empty'],
    )
    mustEqual('the inbox of B', await b.listInbox(), [{ id, local: edited, remote: null }])
    mustEqual(
      'the row on the server',
      (await server.listRows()).find((row) => row['id'] === id),
      undefined,
    )
    await b.keepMine(id)
    await agreement(stage)
    mustEqual('the inbox of B afterwards', await b.listInbox(), [])
    mustEqual(
      'the task on A',
      (await a.listTasks()).find((task) => task.id === id),
      edited,
    )
    return `it waited in B's inbox; "keep mine" brought the task back everywhere`
  },
}
