import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { JsonObject } from '@rowkeep/kernel'
import { type Fault, withFaults } from './faults.ts'
import { answerCalls } from './ipc/answering.ts'
import { openServed } from './servers/open.ts'
import type { Served } from './servers/served.ts'
import { backendSetting, setting } from './settings.ts'
import { acceptSockets } from './sockets.ts'

await mkdir(setting('DEMO_FOLDER'), { recursive: true })
const served: Served = await openServed(backendSetting(), setting('DEMO_FOLDER'))
const faults = withFaults(served)
const http = createServer(faults.listener)
if (served.socket) acceptSockets(http, served.socket)
let struck: Promise<void> = Promise.resolve()

const commands = {
  /** Listens on loopback: at the port given, or at a free one. Gives the port. */
  async listen(): Promise<number> {
    http.listen(Number(setting('DEMO_PORT')), '127.0.0.1')
    await once(http, 'listening')
    return (http.address() as AddressInfo).port
  },
  /** The rows as the backend has them, by id. */
  listRows: (): Promise<readonly JsonObject[]> => served.listTasks(),
  planFault(fault: Fault): void {
    struck = faults.plan(fault)
  },
  /** Waits until the planned fault has struck. */
  faultStruck: (): Promise<void> => struck,
  endFault: (): void => faults.end(),
  async close(): Promise<void> {
    http.closeAllConnections()
    await served.close()
  },
}

/** What the story can ask of the server. */
export type Server = typeof commands

answerCalls(commands)
