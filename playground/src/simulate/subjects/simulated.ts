import type { SimulateOptions } from '@rowkeep/conformance-tests'

/** An adapter, and a fresh double for each history. */
export type Simulated = Pick<SimulateOptions, 'adapter' | 'double'>
