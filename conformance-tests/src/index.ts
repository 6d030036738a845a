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
