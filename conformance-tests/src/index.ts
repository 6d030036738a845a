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
export type { DoubleWorld } from './simulation/outside/double-subject.ts'
export {
  type FailedHistory,
  type SimulateOptions,
  type SimulationProgress,
  type SimulationReport,
  simulate,
} from './simulation/outside/simulate.ts'
export { storeSuite } from './stores/suite.ts'
