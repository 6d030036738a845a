export { type ClearOptions, clear } from './clear.ts'
