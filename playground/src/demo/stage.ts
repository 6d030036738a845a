import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Device } from './device.ts'
import type { Remote } from './ipc/messages.ts'
import { type Program, startProgram } from './ipc/program.ts'
import type { Server } from './server.ts'
import type { BackendName } from './settings.ts'

/** Names of the two devices. */
export type DeviceName = 'A' | 'B'

const deviceFile = new URL('./device.js', import.meta.url)
const serverFile = new URL('./server.js', import.meta.url)

/** Three processes and the folders they keep their data in: what the story happens to. */
export class Stage {
  readonly #folder: string
  readonly #backend: BackendName
  readonly #devices = new Map<DeviceName, Program<Device>>()
  #server: Program<Server> | undefined
  #port = 0
  #cleared = false

  constructor(folder: string, backend: BackendName) {
    this.#folder = folder
    this.#backend = backend
  }

  get a(): Remote<Device> {
    return this.device('A').commands
  }

  get b(): Remote<Device> {
    return this.device('B').commands
  }

  get server(): Remote<Server> {
    return this.serverProgram.commands
  }

  /** Where the server listens. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** The process of a device. */
  device(name: DeviceName): Program<Device> {
    return started(this.#devices.get(name), `device ${name}`)
  }

  /** The process of the server. */
  get serverProgram(): Program<Server> {
    return started(this.#server, 'the server')
  }

  /** Starts a device; after a crash again, in the same folder. */
  startDevice(name: DeviceName): void {
    this.#mustBeOpen()
    const settings = { DEMO_BACKEND: this.#backend, DEMO_URL: this.url, DEMO_FOLDER: join(this.#folder, name) }
    this.#devices.set(name, startProgram<Device>(`device ${name}`, deviceFile, settings))
  }

  /** Starts the server; after a crash again, over the same database and at the same port. */
  async startServer(): Promise<void> {
    this.#mustBeOpen()
    const settings = {
      DEMO_BACKEND: this.#backend,
      DEMO_FOLDER: join(this.#folder, 'db'),
      DEMO_PORT: String(this.#port),
    }
    this.#server = startProgram<Server>('the server', serverFile, settings)
    this.#port = await this.#server.commands.listen()
  }

  /** Closes everything in order. @throws Error where a process does not end well */
  async shutDown(): Promise<void> {
    for (const name of ['A', 'B'] as const) {
      await this.device(name).commands.close()
      await this.device(name).end()
    }
    await this.server.close()
    await this.serverProgram.end()
  }

  /** Leaves nothing behind, however things stand: no process, no folder. Nothing can be started afterwards. Safe twice. */
  async clear(): Promise<void> {
    this.#cleared = true
    const programs = [...this.#devices.values(), ...(this.#server ? [this.#server] : [])]
    await Promise.all(programs.map((program) => program.kill()))
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 })
  }

  // Whoever clears the stage must not find a new process on it afterwards.
  #mustBeOpen(): void {
    if (this.#cleared) throw new Error('the stage is cleared')
  }
}

function started<P>(program: P | undefined, name: string): P {
  if (program === undefined) throw new Error(`${name} was not started yet`)
  return program
}

/** An empty stage, in a new temporary folder. Its path is short: the lock of a device's store is a socket in it. */
export const openStage = async (backend: BackendName): Promise<Stage> =>
  new Stage(await mkdtemp(join(tmpdir(), 'rowkeep-')), backend)
