export { ConformanceError } from './core/conformance-error.ts'
export type { Case, Outcome, Suite } from './core/scenario.ts'
export {
  type Backend,
  type Clause,
  type Device,
  defineRemoteHarness,
  defineStoreHarness,
  type KnownGaps,
  type RemoteHarness,
  type StoreHarness,
  type StorePlace,
} from './harness.ts'
export { remoteSuite } from './remotes/suite.ts'
export type { History } from './simulation/history/history.ts'
export type { Violation } from './simulation/oracles/violation.ts'
export type { DoubleWorld } from './simulation/outside/double-subject.ts'
export type { SimulateOptions } from './simulation/outside/options.ts'
export type { FailedHistory, SimulationProgress, SimulationReport } from './simulation/outside/report.ts'
export { simulate } from './simulation/outside/simulate.ts'
export { storeSuite } from './stores/suite.ts'
