import { expectTypeOf, it } from 'vitest'
import { createSyncClient, record } from '../../src/index.ts'
import { type Transaction, transaction } from '../../src/transactions/index.ts'

interface Task {
  readonly id: string
  readonly title: string
  readonly n?: number
}

const client = createSyncClient({
  collections: { tasks: record<Task>(), notes: record<{ id: string; body: string }>() },
})

it('is typed by the collections of its client', () => {
  const made = transaction(client, async (tx) => {
    const task = await tx.tasks.create({ title: 'x' })
    expectTypeOf(task).toEqualTypeOf<Task>()
    expectTypeOf(await tx.notes.read('a')).toEqualTypeOf<{ id: string; body: string } | undefined>()
    expectTypeOf(await tx.tasks.query({ where: { n: { gt: 1 } } })).toEqualTypeOf<readonly Task[]>()
    // @ts-expect-error no such collection
    void tx.taskz
    // @ts-expect-error no such field
    await tx.tasks.update('a', { titel: 'x' })
    // @ts-expect-error wrong value
    await tx.notes.create({ body: 1 })
    // @ts-expect-error live values are outside
    void tx.tasks.watchAll
    return task.title
  })
  expectTypeOf(made).toEqualTypeOf<Promise<string>>()
})

it('has a type of its own for functions that take it', () => {
  const move = async (tx: Transaction<{ tasks: ReturnType<typeof record<Task>> }>): Promise<void> => {
    await tx.tasks.delete('a')
  }
  expectTypeOf(transaction(client, move)).toEqualTypeOf<Promise<void>>()
})

it('knows its options', () => {
  // @ts-expect-error misspelt
  void transaction(client, async () => {}, { spilt: true })
})
