import { createSyncClient, record } from '@rowkeep/kernel'
import { belongsTo } from '@rowkeep/kernel/relations'
import { client, tasks } from './app.ts'

interface A {
  id: string
  bId: string
}
interface B {
  id: string
}

/** What the compiler refuses; not to be run. */
export async function mistakes(): Promise<void> {
  // @ts-expect-error wrong field in a condition
  await tasks.query({ where: { titel: 'x' } })
  // @ts-expect-error wrong operator for the field's type
  await tasks.query({ where: { priority: { startsWith: '1' } } })
  // @ts-expect-error wrong relation name
  await tasks.query({ with: { projekt: true } })
  // @ts-expect-error wrong field in a change
  await tasks.update('1', { titel: 'x' })
  // @ts-expect-error wrong value type
  await tasks.create({ title: 1 })
  // @ts-expect-error no such collection
  console.log(client.collections.taskz)
  createSyncClient({
    // @ts-expect-error relation to a collection that does not exist
    collections: { a: { schema: record<A>(), relations: { b: belongsTo('bs', 'bId') } }, b: record<B>() },
  })
  createSyncClient({
    // @ts-expect-error foreign key that is not a field
    collections: { a: { schema: record<A>(), relations: { b: belongsTo('b', 'bid') } }, b: record<B>() },
  })
  // @ts-expect-error a relation that was not loaded is not there
  console.log((await tasks.query())[0]?.project)
  // @ts-expect-error an observer for an event that does not exist
  client.observe({ 'sync:finish': () => {} })
  createSyncClient({
    collections: { a: { schema: record<A>(), relations: { b: belongsTo('b', 'bId') } }, b: record<B>() },
  })
}
