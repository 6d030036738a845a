import { agreement } from '../agreement.ts'
import { mustEqual } from '../checks.ts'
import type { Step } from './step.ts'

/** The server comes up. */
export const serverStarts: Step = {
  tells: 'The server starts, with an empty database on disk.',
  async play(stage) {
    await stage.startServer()
    return stage.url
  },
}

/** Work without a network. */
export const offlineWork: Step = {
  tells: 'Two devices start without a network; each adds tasks and edits them.',
  async play(stage) {
    stage.startDevice('A')
    stage.startDevice('B')
    const { a, b, server } = stage
    const milk = await a.addTask('Buy milk')
    await a.addTask('Call the bank')
    await a.editTask(milk.id, { place: 'corner shop' })
    const lamp = await b.addTask('Fix the lamp')
    await b.editTask(lamp.id, { done: true })
    mustEqual('rows on the server before anybody went online', await server.listRows(), [])
    return 'A has 2 tasks, B has 1, the server none'
  },
}

/** The first exchange. */
export const firstSync: Step = {
  tells: 'Both go online.',
  async play(stage) {
    await Promise.all([stage.a.goOnline(), stage.b.goOnline()])
    mustEqual('tasks everywhere', await agreement(stage), 3)
    return 'A, B and the server have the same 3 tasks'
  },
}
