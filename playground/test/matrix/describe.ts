import { setLogLevel } from 'firebase/app'
import { afterAll, describe, expect, test } from 'vitest'
import { type WorldBackend, worldBackends } from '../world/backends.ts'
import type { Column } from '../world/calls.ts'
import { openStage } from '../world/stage.ts'
import { type FaultRow, faults, play } from './faults.ts'
import type { Cell } from './table.ts'

declare module 'vitest' {
  interface TaskMeta {
    /** The cell that this test is. */
    matrix?: Cell
  }
}

const columns: readonly Column[] = ['push', 'pull', 'live']

/** How often a fault strikes: once, or several times in a row before it is over. */
const rounds = [
  ['once', 1],
  ['repeatedly', 3],
] as const

/** Plays a cell: each round in a world of its own. */
async function hold(kind: WorldBackend, fault: FaultRow, column: Column): Promise<void> {
  for (const [round, times] of rounds) {
    const weather = fault[column](kind, times)
    if (typeof weather === 'string') throw new Error(weather)
    const stage = await openStage(kind, { live: column === 'live' })
    try {
      await play(column, stage, weather)
    } catch (error) {
      throw Object.assign(error as Error, { message: `${round}: ${(error as Error).message}` })
    } finally {
      await stage.close()
    }
  }
}

/** Registers one backend's part of the matrix: each fault in each column, once and repeatedly. */
export function describeMatrix(name: string): void {
  const kind = worldBackends.find((one) => one.name === name)
  if (!kind) throw new Error(`no backend of the matrix is called ${name}`)
  // The SDK prints every refusal, also those that are wanted here.
  setLogLevel('silent')
  const count = { hold: 0, 'are not applicable': 0, fail: 0 }
  const cells = faults.flatMap((fault) => columns.map((column) => [fault, column] as const))
  describe(`the fault matrix before ${name}`, () => {
    for (const [fault, column] of cells) {
      test(`${column}: ${fault.name}`, { timeout: 120_000 }, async ({ task, skip }) => {
        const weather = fault[column](kind, 1)
        const reason = typeof weather === 'string' ? { reason: weather } : {}
        task.meta.matrix = { backend: name, fault: fault.name, column, ...reason }
        count[reason.reason === undefined ? 'fail' : 'are not applicable'] += 1
        if (reason.reason !== undefined) skip(`not applicable: ${reason.reason}`)
        await hold(kind, fault, column)
        count.fail -= 1
        count.hold += 1
      })
    }
    afterAll(() => {
      const counts = Object.entries(count).map(([what, many]) => `${many} ${what}`)
      console.log(`fault matrix, ${name}: of ${cells.length} cells ${counts.join(', ')}`)
    })
  })
  test('names no fault twice', () => {
    expect(new Set(faults.map((fault) => fault.name)).size).toBe(faults.length)
  })
}
