import { account, agreement } from '../agreement.ts'
import { mustEqual } from '../checks.ts'
import type { Step } from './step.ts'

/** The books are closed. */
export const everythingAgrees: Step = {
  tells: 'At the end all three are compared, row by row, and the writes are counted.',
  async play(stage) {
    const rows = await agreement(stage)
    const [onA, onB] = await Promise.all([stage.a.listTasks(), stage.b.listTasks()])
    mustEqual('tasks on A and B', [onA.length, onB.length], [rows, rows])
    const [a, b] = [await account('A', stage), await account('B', stage)]
    const writes = `${a.accepted + b.accepted} writes accepted, ${a.ended + b.ended} ended`
    await stage.shutDown()
    return `A ${onA.length}, B ${onB.length}, server ${rows} rows, all equal; ${writes}`
  },
}
