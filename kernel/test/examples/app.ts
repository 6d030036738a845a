import { z } from 'zod'
import { createSyncClient, memoryStore, type RemoteAdapter, record } from '../../src/index.ts'
import { belongsTo, hasMany } from '../../src/relations/index.ts'

/** The only line of an app that knows a backend; here it is any. */
declare const remote: RemoteAdapter

export interface Project {
  id: string
  name: string
  ownerId: string
}

const Task = z.object({
  id: z.string(),
  title: z.string().min(1),
  done: z.boolean().default(false),
  priority: z.number().default(0),
  tags: z.array(z.string()).default([]),
  projectId: z.string().nullable().default(null),
})

/** The app of the examples beside this file: only its types are used, nothing here runs. */
export const client = createSyncClient({
  collections: {
    projects: { schema: record<Project>(), relations: { tasks: hasMany('tasks', 'projectId') } },
    tasks: { schema: Task, indexes: ['priority'], relations: { project: belongsTo('projects', 'projectId') } },
  },
  store: memoryStore(),
  remote,
  user: 'ada',
  scope: { projects: () => ({ ownerId: 'ada' }) },
  conflict: {
    tasks: ({ local, remote }) => {
      if (!local || !remote) return 'ask'
      return { ...remote, done: local.done || remote.done, tags: [...new Set([...remote.tags, ...local.tags])] }
    },
  },
})

export const { tasks, projects } = client.collections
