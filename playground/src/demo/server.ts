import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type EmbeddedSql, type PostgresStorage, pgliteSql, postgresStorage } from '@rowkeep/adapters-rest/postgres'
import { type SyncHandler, syncHandler } from '@rowkeep/adapters-rest/server'
import type { JsonObject } from '@rowkeep/kernel'
import { type Fault, withFaults } from './faults.ts'
import { answerCalls } from './ipc/answering.ts'
import { setting } from './settings.ts'

// What a real server has, and nothing else: a database, the handler, and a way to know who calls.
const sql: EmbeddedSql = await pgliteSql(setting('DEMO_FOLDER'))
const storage: PostgresStorage = postgresStorage({ sql })
const handler: SyncHandler = syncHandler({
  storage,
  collections: ['tasks'],
  authenticate: (request) => (request.headers.get('authorization') === 'Bearer token-of-ada' ? 'ada' : undefined),
})

const faults = withFaults(handler)
const http = createServer(faults.listener)
let struck: Promise<void> = Promise.resolve()

const commands = {
  /** Listens on loopback: at the port given, or at a free one. Gives the port. */
  async listen(): Promise<number> {
    await storage.ready()
    http.listen(Number(setting('DEMO_PORT')), '127.0.0.1')
    await once(http, 'listening')
    return (http.address() as AddressInfo).port
  },
  /** The rows as the database has them, by id. */
  async listRows(): Promise<readonly JsonObject[]> {
    const rows = await storage.rows('ada', 'tasks')
    return rows.flatMap((row) => (row.kind === 'record' ? [row.record] : []))
  },
  planFault(fault: Fault): void {
    struck = faults.plan(fault)
  },
  /** Waits until the planned fault has struck. */
  faultStruck: (): Promise<void> => struck,
  async close(): Promise<void> {
    await handler.close()
    http.closeAllConnections()
    await sql.close()
  },
}

/** What the story can ask of the server. */
export type Server = typeof commands

answerCalls(commands)
