import type { Reporter, TestCase, TestModule } from 'vitest/node'
import { type Cell, type Mark, tableOf } from './playground/test/matrix/table.ts'

function markOf(test: TestCase, cell: Cell): Mark {
  if (cell.reason !== undefined) return '-'
  return test.result().state === 'passed' ? 'ok' : 'FAIL'
}

/** Prints the fault matrix: `npm run matrix`. */
export default class MatrixTable implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const ended = tests.flatMap((test) => {
      const cell = test.meta().matrix
      return cell ? [[cell, markOf(test, cell)] as const] : []
    })
    console.log(`\n${tableOf(ended)}\n`)
    for (const test of tests) {
      for (const error of test.result().errors ?? []) console.log(`FAIL ${test.fullName}: ${error.message}`)
    }
    for (const error of unhandled) console.log(`FAIL outside of a cell: ${String(error)}`)
  }
}
