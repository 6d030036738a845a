import { type Env, platformEnv } from '@rowkeep/kernel'
import { pageLocks } from '../../src/localforage/locks.ts'

/** The platform with locks: Node 20 has none, and here all tabs are in one process. */
export const tabEnv: Env = { ...platformEnv, locks: pageLocks }
