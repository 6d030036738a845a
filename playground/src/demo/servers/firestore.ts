import { firestoreDouble } from '@rowkeep/adapters-firestore/testing'
import { modelOnDisk } from './model-on-disk.ts'
import type { OpenServed } from './served.ts'

/** The stand-in for Cloud Firestore, its documents on disk. */
export const open: OpenServed = async (folder) => {
  const { fetch, socket, rows, close } = firestoreDouble({ server: modelOnDisk(folder) })
  return {
    fetch,
    ...(socket ? { socket } : {}),
    isPush: ({ url }) => new URL(url).pathname.endsWith(':commit'),
    listTasks: () => rows('tasks'),
    close,
  }
}
