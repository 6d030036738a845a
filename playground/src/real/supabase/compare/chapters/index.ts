import type { Chapter } from '../chapter.ts'
import { hostile } from './hostile.ts'
import { reading } from './reading.ts'
import { wireGateway } from './wire-gateway.ts'
import { wireReads } from './wire-reads.ts'
import { wireWrites } from './wire-writes.ts'
import { writing } from './writing.ts'

export type { Chapter } from '../chapter.ts'
export { order } from './wire-reads.ts'

/** First what the official client sends for our adapter, then what anybody may send. */
export const chapters: readonly Chapter[] = [
  ...reading,
  ...writing,
  ...hostile,
  ...wireReads,
  ...wireWrites,
  ...wireGateway,
]
