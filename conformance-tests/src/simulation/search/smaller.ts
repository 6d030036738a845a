import type { History, Step } from '../history/history.ts'
import { plainSetup, unusualIn } from '../history/setup.ts'

/** The steps without those from `at` to `end`; what is left happens when it happened. */
function without(steps: readonly Step[], at: number, end: number): readonly Step[] {
  const lostMs = steps.slice(at, end).reduce((sum, { afterMs }) => sum + afterMs, 0)
  const next = steps[end]
  const rest = next ? [{ ...next, afterMs: next.afterMs + lostMs }, ...steps.slice(end + 1)] : []
  return [...steps.slice(0, at), ...rest]
}

/** With fewer steps: first halves, then quarters, at last single ones. */
function* withFewerSteps(history: History): Generator<History> {
  const { steps } = history
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size > 1 ? Math.ceil(size / 2) : 0) {
    for (let end = steps.length; end > 0; end -= size)
      yield { ...history, steps: without(steps, Math.max(0, end - size), end) }
  }
}

function* withFewerFaults(history: History): Generator<History> {
  const names = Object.keys(history.faults)
  if (names.length > 1) yield { ...history, faults: {} }
  for (const name of names) {
    const faults = Object.fromEntries(Object.entries(history.faults).filter(([one]) => one !== name))
    yield { ...history, faults }
  }
}

/** Without a device; those behind it move up. */
function* withFewerDevices(history: History): Generator<History> {
  const { setup } = history
  for (let gone = setup.devices - 1; gone >= 0 && setup.devices > 1; gone -= 1) {
    const kept = history.steps.filter(({ device }) => device !== gone)
    const steps = kept.map((step) => (step.device > gone ? { ...step, device: step.device - 1 } : step))
    yield { ...history, setup: { ...setup, devices: setup.devices - 1 }, steps }
  }
}

function* withCalmerSetup(history: History): Generator<History> {
  for (const [field] of unusualIn(history.setup)) {
    if (field === 'devices') continue
    yield { ...history, setup: { ...history.setup, [field]: plainSetup[field] } }
  }
}

const shorter = (number: number): readonly number[] =>
  number === 0 ? [] : number > 1 ? [0, Math.floor(number / 2)] : [0]

function* simplerSteps(step: Step): Generator<Step> {
  for (const afterMs of shorter(step.afterMs)) yield { ...step, afterMs }
  for (const [name, detail] of Object.entries(step.act)) {
    if (detail === true) yield { ...step, act: { ...step.act, [name]: false } }
    if (typeof detail !== 'number') continue
    for (const less of shorter(detail)) yield { ...step, act: { ...step.act, [name]: less } }
  }
}

function* withSimplerSteps(history: History): Generator<History> {
  const { steps } = history
  if (steps.some(({ afterMs }) => afterMs > 0))
    yield { ...history, steps: steps.map((step) => ({ ...step, afterMs: 0 })) }
  for (const [at, step] of steps.entries()) {
    for (const simpler of simplerSteps(step)) yield { ...history, steps: steps.with(at, simpler) }
  }
}

/** Histories a little smaller or calmer than `history`, the boldest first. Every chance in them is what it was: it is keyed by the step. */
export function* smallerThan(history: History): Generator<History> {
  yield* withFewerSteps(history)
  yield* withFewerFaults(history)
  yield* withFewerDevices(history)
  yield* withCalmerSetup(history)
  yield* withSimplerSteps(history)
}
