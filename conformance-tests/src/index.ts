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
export { storeSuite } from './stores/suite.ts'
