export { health } from './health.ts'
export { type Level, levelOf } from './level.ts'
export { type RecordState, recordState } from './record-state.ts'
export type * from './report.ts'
