import { it } from 'vitest'
import { createSyncClient, record } from '../src/index.ts'
import {
  asCounter,
  asFields,
  asSet,
  largest,
  lastWriteWins,
  localWins,
  longest,
  merge,
  remoteWins,
  smallest,
} from '../src/resolvers/index.ts'

interface Task {
  id: string
  title: string
  n?: number
  tags: string[]
}

const collections = { tasks: record<Task>() }

it('every resolver fits the option, and the rules of merge are those of the fields', () => {
  createSyncClient({ collections, conflict: { tasks: localWins() } })
  createSyncClient({ collections, conflict: { tasks: remoteWins({ deletes: 'ask' }) } })
  createSyncClient({ collections, conflict: { tasks: lastWriteWins({ by: 'n' }) } })
  createSyncClient({ collections, conflict: { tasks: merge<Task>({ n: asCounter, title: longest }) } })
  createSyncClient({ collections, conflict: { tasks: merge<Task>({ tags: asSet }) } })
  merge<{ tags?: readonly string[] | null; counts: Readonly<Record<string, number>> }>({
    tags: asSet,
    counts: asFields,
  })
  merge<Task>({ n: largest, title: smallest })
  // @ts-expect-error no such field
  createSyncClient({ collections, conflict: { tasks: merge<Task>({ titel: longest }) } })
  // @ts-expect-error text is no counter
  createSyncClient({ collections, conflict: { tasks: merge<Task>({ title: asCounter }) } })
  // @ts-expect-error a list of text, not of numbers
  createSyncClient({ collections, conflict: { tasks: merge<Task>({ tags: asSet<number> }) } })
  // @ts-expect-error no such rule
  localWins({ deletes: 'keep' })
})
