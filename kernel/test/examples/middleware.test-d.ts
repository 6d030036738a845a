import { expectTypeOf, it } from 'vitest'
import { client } from './app.ts'

it('types a middleware by the collection it meets', () => {
  client.use({
    name: 'trim',
    middleware: {
      create: (op, next) =>
        op.collection === 'tasks' ? next({ ...op, record: { ...op.record, title: op.record.title.trim() } }) : next(),
      request: async (request, next) => {
        const response = await next()
        console.log(request.method, new URL(request.url).pathname, response.status)
        return response
      },
    },
  })
})

it('types an observer by the event', () => {
  const stop = client.observe({
    'sync:finished': ({ pushed, pulled, durationMs }) =>
      expectTypeOf(pushed + pulled + durationMs).toEqualTypeOf<number>(),
    'operation:quarantined': ({ collection, id, error }) => console.warn(collection, id, error.code, error.recovery),
  })
  stop()
})
