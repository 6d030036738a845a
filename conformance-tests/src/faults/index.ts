export { type Answer, mounted } from '../network/mounted.ts'
export { behind, type Fault } from '../remotes/faults.ts'
