import { type AppsyncDouble, type AppsyncDoubleOptions, appsyncDouble } from '@rowkeep/adapters-appsync/testing'
import type { JsonObject } from '@rowkeep/kernel'
import { type ModelServer, modelServer } from '@rowkeep/kernel/testing'
import type { Remote } from '../../demo/ipc/messages.ts'
import { type Program, startProgram } from '../../demo/ipc/program.ts'
import type { AmazonDevice } from './amazon/commands.ts'
import type { OurDevice } from './ours/commands.ts'
import type { Settings } from './settings.ts'
import { within } from './waiting.ts'
import { type Served, serve } from './wire/served.ts'

/** A device in a process of its own, and the door to the double it goes through. */
export interface Party<D> {
  readonly device: Remote<D>
  readonly door: Served
}

/** A row of the double, without what only the server writes. */
export interface ServerRow {
  readonly version: number
  readonly deleted: boolean
  /** Those of the note, but for its id. */
  readonly fields: JsonObject
}

/** How an app is started. */
interface Choice {
  /** Notes with this title are out of its scope. Default: none are. */
  readonly hidden?: string
  /** Who decides conflicts of DataStore. Default: the app. */
  readonly handler?: Settings['JUDGE_HANDLER']
}

const files = {
  amazon: new URL('./amazon/device.js', import.meta.url),
  ours: new URL('./ours/device.js', import.meta.url),
}

/** A double, and the clients that meet on it. */
export class Stage {
  readonly double: AppsyncDouble
  /** The rows behind the double. */
  readonly server: ModelServer
  readonly #folder: string
  readonly #doors: Served[] = []
  readonly #programs: Pick<Program<object>, 'kill'>[] = []

  /** `folder` is where Amazon's packages are. */
  constructor(folder: string, options: AppsyncDoubleOptions = {}) {
    this.#folder = folder
    this.server = modelServer()
    this.double = appsyncDouble({ server: this.server, ...options })
  }

  /** Starts an app over DataStore. */
  amazon(choice: Choice = {}): Promise<Party<AmazonDevice>> {
    return this.#party<AmazonDevice>('the app over DataStore', files.amazon, choice)
  }

  /** Starts an app over Rowkeep. */
  ours(choice: Choice = {}): Promise<Party<OurDevice>> {
    return this.#party<OurDevice>('the app over Rowkeep', files.ours, choice)
  }

  /** The row of a note, deleted or not; `undefined`: there never was one. */
  row(id: string): ServerRow | undefined {
    const row = this.server.get('notes', id)
    if (!row) return undefined
    const { _m, createdAt, updatedAt, _deleted = false, ...fields } = row.fields ?? {}
    return { version: row.version, deleted: _deleted === true, fields }
  }

  /** Leaves no process and no port, however things stand. */
  async clear(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.kill()))
    await Promise.all(this.#doors.map((door) => door.close()))
    await this.double.close()
  }

  async #party<D>(name: string, file: URL, { hidden = '', handler = 'app' }: Choice): Promise<Party<D>> {
    const door = await serve(this.double)
    this.#doors.push(door)
    const settings: Settings = {
      JUDGE_ENDPOINT: door.endpoint,
      JUDGE_FOLDER: this.#folder,
      JUDGE_HIDDEN: hidden,
      JUDGE_HANDLER: handler,
    }
    const program = startProgram<D>(name, file, { ...settings })
    this.#programs.push(program)
    return { device: patient(name, program.commands), door }
  }
}

/** The same commands; a call that is not answered in time fails. */
function patient<D>(name: string, commands: Remote<D>): Remote<D> {
  return new Proxy(commands, {
    get: (target, command) => {
      const call = Reflect.get(target, command) as (...args: readonly unknown[]) => Promise<unknown>
      return (...args: readonly unknown[]) => within(`${name}: ${String(command)}`, call(...args))
    },
  })
}
