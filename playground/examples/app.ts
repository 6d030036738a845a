import { createSyncClient, record } from '@rowkeep/kernel'
import { belongsTo, hasMany } from '@rowkeep/kernel/relations'
import { localforageStore } from '@rowkeep/local-stores/localforage'
import { z } from 'zod'
import { remote } from './backend.ts'

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

export const client = createSyncClient({
  collections: {
    projects: { schema: record<Project>(), relations: { tasks: hasMany('tasks', 'projectId') } },
    tasks: {
      schema: Task,
      indexes: ['priority'],
      relations: { project: belongsTo('projects', 'projectId', { onDelete: 'setNull' }) },
    },
  },
  store: localforageStore(),
  remote,
  user: 'ada',
  scope: { projects: () => ({ ownerId: 'ada' }) },
  conflict: {
    tasks: ({ local, remote }) => {
      // Deleted on one side: a person decides.
      if (!local || !remote) return 'ask'
      return { ...remote, done: local.done || remote.done, tags: [...new Set([...remote.tags, ...local.tags])] }
    },
  },
})
export const { tasks, projects } = client.collections
