import type { Redactor } from './redact.ts'
import { errorWord, safePath } from './safe-text.ts'

/** Names and numbers of one line of a log. */
export type Facts = Readonly<Record<string, unknown>>

type Part = Readonly<Record<string, unknown>>

/** How often each word occurs. */
const tally = (words: readonly string[]): Facts =>
  Object.fromEntries([...new Set(words)].map((word) => [word, words.filter((one) => one === word).length]))

const isEmpty = (value: object): boolean => Object.keys(value).length === 0

/** What a log may say of each operation and its answer; values only as the redactor lets them through. */
export function factsOf({ values, ids }: Redactor): {
  operation(kind: string, operation: object): Facts
  answer(kind: string, answer: unknown): Facts
  event(value: object): Facts
} {
  const write = ({ collection, id, record, change = record ?? {} }: Part): Facts => {
    const shown = values(change as object)
    return {
      collection,
      ...(ids && id !== undefined ? { id } : {}),
      ...(isEmpty(change as object) ? {} : { fields: Object.keys(change as object).join() }),
      ...(isEmpty(shown) ? {} : { values: shown }),
    }
  }
  const push = ({ operations }: Part): Facts => ({ operations: (operations as readonly unknown[]).length })
  const pull = ({ collections }: Part): Facts => ({ collections: String(collections) })
  const resolve = ({ collection, id, conflict }: Part): Facts => ({
    collection,
    ...(ids ? { id } : {}),
    fields: String((conflict as Part)['fields']),
  })
  const request = ({ method, url }: Part): Facts => ({
    method,
    host: new URL(String(url)).host,
    path: safePath(String(url)),
  })
  const operations: Readonly<Record<string, (operation: Part) => Facts>> = { push, pull, resolve, request }
  const answers: Readonly<Record<string, (answer: Part) => Facts>> = {
    pull: ({ kind, changes = [], more }) => ({ kind, changes: (changes as readonly unknown[]).length, more }),
    push: (verdicts) => tally((verdicts as unknown as readonly { readonly kind: string }[]).map(({ kind }) => kind)),
    request: ({ status }) => ({ status }),
    resolve: (answer) => ({ answer: typeof answer === 'string' ? answer : 'record' }),
  }
  return {
    operation: (kind, operation) => (operations[kind] ?? write)(operation as Part),
    answer: (kind, answer) => answers[kind]?.(answer as Part) ?? {},
    event: (value) => {
      const { id, error, fields, ...rest } = value as Part
      return {
        ...rest,
        ...(ids && id !== undefined ? { id } : {}),
        ...(fields === undefined ? {} : { fields: String(fields) }),
        ...(error === undefined ? {} : { error: errorWord(error) }),
      }
    },
  }
}
