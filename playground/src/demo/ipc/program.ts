import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Call, Remote, Reply } from './messages.ts'

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** A program of the demo in a process of its own. */
export interface Program<C> {
  /** Its commands. A call fails with what the command threw, or when the process ends before it answered. */
  readonly commands: Remote<C>
  /** Called with everything the process tells outside of calls. */
  onTold(listener: (told: string) => void): void
  /** SIGKILL: the process gets no chance to tidy up. Resolves when it is gone. */
  kill(): Promise<void>
  /** Lets it end by itself. @throws Error where it does not end with 0 */
  end(): Promise<void>
}

class Child<C> implements Program<C> {
  readonly #name: string
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  readonly #exited: Promise<unknown>
  #calls = 0
  #complaints = ''
  #listener: (told: string) => void = () => {}

  constructor(name: string, child: ChildProcess) {
    this.#name = name
    this.#child = child
    this.#exited = once(child, 'exit')
    child.on('message', (message) => this.#take(message as Reply))
    child.stderr?.on('data', (text: Buffer) => {
      this.#complaints = `${this.#complaints}${text}`.slice(-4000)
    })
    child.on('exit', (code, signal) => this.#lost(`ended (${signal ?? `exit ${code}`})`))
  }

  readonly commands: Remote<C> = new Proxy({} as Remote<C>, {
    get:
      (_, name) =>
      (...args: readonly unknown[]) =>
        this.#call(String(name), args),
  })

  onTold(listener: (told: string) => void): void {
    this.#listener = listener
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL')
      await this.#exited
    }
  }

  async end(): Promise<void> {
    this.#child.disconnect()
    await this.#exited
    if (this.#child.exitCode !== 0) throw this.#error(`ended with exit ${this.#child.exitCode}`)
  }

  #call(name: string, args: readonly unknown[]): Promise<unknown> {
    this.#calls += 1
    const message: Call = { call: this.#calls, name, args }
    return new Promise((resolve, reject) => {
      this.#waiting.set(message.call, { resolve, reject })
      this.#child.send(message, (error) => error && this.#settle(message.call)?.reject(error))
    })
  }

  #take(reply: Reply): void {
    if ('told' in reply) this.#listener(reply.told)
    else if ('failure' in reply) this.#settle(reply.call)?.reject(this.#error(reply.failure))
    else this.#settle(reply.call)?.resolve(reply.value)
  }

  #settle(call: number): Waiting | undefined {
    const waiting = this.#waiting.get(call)
    this.#waiting.delete(call)
    return waiting
  }

  #lost(how: string): void {
    for (const call of [...this.#waiting.keys()]) this.#settle(call)?.reject(this.#error(how))
  }

  #error(what: string): Error {
    const complaints = this.#complaints.trim()
    return new Error(`${this.#name}: ${what}${complaints === '' ? '' : `\n${complaints}`}`)
  }
}

/** Starts a program. `C` is the type of the module whose commands it answers; `name` is for messages. */
export function startProgram<C>(name: string, file: URL, settings: NodeJS.ProcessEnv): Program<C> {
  const child = fork(file, { env: { ...process.env, ...settings }, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  return new Child<C>(name, child)
}
