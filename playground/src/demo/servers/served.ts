import type { JsonObject } from '@rowkeep/kernel'
import type { Double } from '@rowkeep/kernel/testing'

/** A backend as the server process of the demo runs it: its data lies in a folder and survives the process. */
export interface Served extends Pick<Double, 'fetch' | 'socket'> {
  /** Whether a request writes: the faults of the story strike only those. */
  isPush(request: Request): boolean | Promise<boolean>
  /** The tasks as the backend has them, by id. */
  listTasks(): Promise<readonly JsonObject[]>
  close(): Promise<void>
}

/** Opens a backend over the data in a folder, empty at first. */
export type OpenServed = (folder: string) => Promise<Served>
