import { expect } from 'vitest'
import type { Case, Change } from './cases.ts'
import { answer, compare, findAll, type Item, type Query } from './model.ts'

interface Live<T> {
  readonly getSnapshot: () => T | undefined
  readonly subscribe: (listener: (value: T) => void) => unknown
}
interface Page {
  readonly rows: readonly Item[]
  readonly after: string | null
}
type PageQuery = Query & { readonly after?: string | null }

/** What is compared with the model: a client's collection, and the functions for pages. */
export interface Subject {
  createMany(items: readonly Item[]): Promise<unknown>
  save(item: Item): Promise<unknown>
  delete(id: string): Promise<unknown>
  query(query: Query): Promise<readonly Item[]>
  count(query: Query): Promise<number>
  watchQuery(query: Query): Live<readonly Item[]>
  readPage(query: PageQuery): Promise<Page>
  watchPage(query: PageQuery): Live<Page>
  watchCount(query: Query): Live<number>
  /** Closes it, and opens it again over the same store. */
  reopen(): Promise<Subject>
  close(): Promise<void>
}

const pageSize = 3

/** As `toEqual`, but fast where texts are equal already: there are millions of comparisons. */
function mustEqual(actual: unknown, wanted: unknown): void {
  if (JSON.stringify(actual) !== JSON.stringify(wanted)) expect(actual).toEqual(wanted)
}

type Check = (items: readonly Item[]) => void

/** A live value against what it must be after every change; nothing may be told twice in a row. */
function follow<T>(live: Live<T>, wanted: (items: readonly Item[]) => T): Check {
  const twice: T[] = []
  let last: T | undefined
  live.subscribe((value) => {
    // A listener's own failure would not fail the test.
    if (JSON.stringify(value) === JSON.stringify(last)) twice.push(value)
    last = value
  })
  return (items) => {
    const now = live.getSnapshot()
    mustEqual(now, wanted(items))
    if (last !== now) expect(last).toBe(now)
    mustEqual(twice, [])
  }
}

/** Pages as the model has them: what stands behind a place that a row had once. */
const pageBehind =
  (query: Query, place: Item | undefined) =>
  (items: readonly Item[]): { readonly rows: readonly Item[]; readonly more: boolean } => {
    const behind = findAll(items, query).filter((item) => !place || compare(item, place, query) > 0)
    return { rows: behind.slice(0, pageSize), more: behind.length > pageSize }
  }

const shown = (live: Live<Page>): Live<ReturnType<ReturnType<typeof pageBehind>>> => {
  const made = new WeakMap<Page, ReturnType<ReturnType<typeof pageBehind>>>()
  const of = (page: Page) => {
    const value = made.get(page) ?? { rows: page.rows, more: page.after !== null }
    made.set(page, value)
    return value
  }
  return {
    getSnapshot: () => {
      const page = live.getSnapshot()
      return page && of(page)
    },
    subscribe: (listener) => live.subscribe((page) => listener(of(page))),
  }
}

/** Everything of one query that lives. */
async function followAll(subject: Subject, query: Query): Promise<readonly Check[]> {
  const paged: PageQuery = {
    ...(query.where && { where: query.where }),
    ...(query.orderBy && { orderBy: query.orderBy }),
    limit: pageSize,
  }
  const first = await subject.readPage(paged)
  return [
    follow(subject.watchQuery(query), (items) => answer(items, query)),
    follow(subject.watchCount(query), (items) => answer(items, query).length),
    follow(shown(subject.watchPage(paged)), pageBehind(query, undefined)),
    follow(
      shown(subject.watchPage({ ...paged, after: first.after })),
      pageBehind(query, first.after === null ? undefined : first.rows.at(-1)),
    ),
  ]
}

async function checkOnce(subject: Subject, items: readonly Item[], query: Query): Promise<void> {
  const wanted = answer(items, query)
  mustEqual(await subject.query(query), wanted)
  mustEqual(await subject.count(query), wanted.length)
  const { limit: _limit, offset: _offset, ...all } = query
  const walked: Item[] = []
  let after: string | null = null
  do {
    const page: Page = await subject.readPage({ ...all, limit: pageSize, after })
    // A page that others follow is full.
    if (page.after !== null) mustEqual(page.rows.length, pageSize)
    walked.push(...page.rows)
    after = page.after
  } while (after !== null)
  mustEqual(walked, answer(items, all))
}

const distinct = (items: readonly Item[]): readonly Item[] => [
  ...new Map(items.map((item) => [item.id, item])).values(),
]

async function make(subject: Subject, model: Map<string, Item>, { kind, items }: Change): Promise<void> {
  const list = distinct(items)
  for (const item of list) {
    if (kind === 'delete') model.delete(item.id)
    else model.set(item.id, item)
  }
  await Promise.all(list.map((item) => (kind === 'delete' ? subject.delete(item.id) : subject.save(item))))
}

/** Does what the case says, and compares every answer, page, count and live value with the model after every change. */
export async function check(subject: Subject, { start, asked, changes }: Case): Promise<void> {
  const model = new Map(distinct(start).map((item) => [item.id, item]))
  await subject.createMany([...model.values()])
  const checks = (await Promise.all(asked.map((query) => followAll(subject, query)))).flat()
  for (const change of [undefined, ...changes]) {
    if (change) await make(subject, model, change)
    const items = [...model.values()]
    for (const one of checks) one(items)
    for (const query of asked) await checkOnce(subject, items, query)
  }
  const again = await subject.reopen()
  for (const query of asked) await checkOnce(again, [...model.values()], query)
  await again.close()
}
