import { agreement } from '../agreement.ts'
import { Differed, mustEqual } from '../checks.ts'
import type { Stage } from '../stage.ts'
import type { Step } from './step.ts'

const enough = 200

/** Lets B add tasks until so many are acknowledged, and kills it there and then; gives the ids it had acknowledged. */
async function killWhileWriting(stage: Stage, progress: (text: string) => void): Promise<ReadonlySet<string>> {
  const device = stage.device('B')
  const acknowledged = new Set<string>()
  const written = new Promise<void>((resolve) => {
    device.onTold((id) => {
      acknowledged.add(id)
      progress(`acknowledged: ${acknowledged.size}`)
      if (acknowledged.size === enough) resolve()
    })
  })
  const end = device.commands.keepAdding().catch((error: Error) => error)
  await Promise.race([written, end])
  await device.kill()
  if (acknowledged.size < enough) throw new Differed(`device B ended by itself: ${String(await end)}`)
  return acknowledged
}

/** A device dies in the middle of its work. */
export const deviceKilled: Step = {
  tells: 'B is killed (SIGKILL) while it writes and sends, and started again.',
  async play(stage, progress) {
    const acknowledged = await killWhileWriting(stage, progress)
    progress('killed; starting again')
    stage.startDevice('B')
    const there = new Set((await stage.b.listTasks()).map(({ id }) => id))
    mustEqual(
      'acknowledged writes lost',
      [...acknowledged].filter((id) => !there.has(id)),
      [],
    )
    await stage.b.goOnline()
    await agreement(stage)
    return `all ${acknowledged.size} writes it had acknowledged are there, and then everywhere`
  },
}

/** The server dies in the middle of a push. */
export const serverKilled: Step = {
  tells: 'The server is killed (SIGKILL) in the middle of a push, and started again.',
  async play(stage, progress) {
    const { a, b, server, serverProgram } = stage
    const before = await agreement(stage)
    await server.planFault('stall')
    await a.addTask('Sent just before the crash')
    await server.faultStruck()
    await serverProgram.kill()
    progress('the server is down')
    await Promise.all([a.addTask('Written by A meanwhile'), b.addTask('Written by B meanwhile')])
    progress('starting it again')
    await stage.startServer()
    mustEqual('tasks everywhere', await agreement(stage), before + 3)
    return 'the push and 2 writes made meanwhile arrived, each once'
  },
}

/** An answer gets lost. If A's edit took effect a second time, it would undo what B did in between. */
export const answerLost: Step = {
  tells: 'An answer is lost: the server applies an edit of A, B edits on, A tries again.',
  async play(stage) {
    const { a, b, server } = stage
    const { id } = await a.addTask('Draft')
    await agreement(stage)
    await a.goOffline()
    const before = { applied: (await a.readStatus()).writes.applied, conflicts: await a.conflictsSeen() }

    await server.planFault('loseAnswer')
    await a.editTask(id, { title: 'Edited by A' })
    const failure = await a.exchangeOnce()
    await server.faultStruck()
    await server.endFault()
    if (failure === undefined) throw new Differed('device A got an answer that was to be lost')
    const pending = (await a.readStatus()).pending
    mustEqual('writes A is unsure of', pending, 1)
    await agreement(stage, ['B'])
    await b.editTask(id, { title: 'Edited by A, then by B' })
    await agreement(stage, ['B'])

    await a.goOnline()
    await agreement(stage)
    const title = (await a.listTasks()).find((task) => task.id === id)?.title
    mustEqual('the title', title, 'Edited by A, then by B')
    const after = { applied: (await a.readStatus()).writes.applied, conflicts: await a.conflictsSeen() }
    mustEqual('writes of A that ended, and conflicts told', after, { ...before, applied: before.applied + 1 })
    return 'it took effect exactly once: the later edit of B stands'
  },
}
