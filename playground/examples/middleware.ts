import { client, tasks } from './app.ts'

// A middleware: change, stop or time an operation.
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

// An observer: look, never touch.
const stop = client.observe({
  'sync:finished': ({ pushed, pulled, durationMs }) => console.log(`${pushed} up, ${pulled} down, ${durationMs} ms`),
  'operation:quarantined': ({ collection, id, error }) => console.warn(collection, id, error.code, error.recovery),
})
const { title } = await tasks.create({ title: '  Lamp ' })
await client.synchronize()
console.log(title)
stop()
