export { type FileMediumOptions, fileMedium } from './file-medium.ts'
export { type LocalforageMediumOptions, localforageMedium } from './localforage-medium.ts'
export type { Medium, Process, ProcessOptions, Step, When } from './medium.ts'
