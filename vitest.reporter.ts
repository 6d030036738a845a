import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node'

/** Why a test did not run: what it says itself, else the name of the outermost suite that is skipped. */
function reasonOf(test: TestCase): string {
  const { note } = test.result() as { readonly note?: string }
  let reason = note
  for (let at: TestSuite | TestModule = test.parent; at.type === 'suite' && !note; at = at.parent) {
    if (at.options.mode === 'skip') reason = at.name
  }
  return reason ?? `no reason given: ${test.fullName}`
}

/** Every test that failed, with the first line of why, so that the end of a long log names it. */
function failures(modules: readonly TestModule[]): readonly string[] {
  return modules.flatMap((module) =>
    [...module.children.allTests('failed')].map((test) => {
      const [error] = test.result().errors ?? []
      return `${module.project.name} ${module.relativeModuleId} > ${test.fullName}: ${error?.message.split('\n')[0]}`
    }),
  )
}

/** Closes a run with every reason for a skip, then one plain line, `N passed, N failed, N skipped`, that a script can read. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandled.length, skipped: 0, pending: 0 }
    const reasons = new Map<string, number>()
    for (const module of modules) {
      // A hook that throws fails its suite, whose tests then count as skipped.
      const broken = [module, ...module.children.allSuites()].filter((one) => one.errors().length > 0)
      count.failed += broken.length
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        count[state] += 1
        if (state !== 'skipped') continue
        const reason = `${module.project.name}: ${reasonOf(test)}`
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
      }
    }
    for (const name of failures(modules)) console.log(`failed  ${name}`)
    for (const [reason, times] of [...reasons].sort()) console.log(`skipped ${times}  ${reason}`)
    const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : ''
    console.log(`\n${count.passed} passed, ${count.failed + count.pending} failed${skipped}`)
  }
}
