import type { Call, Reply } from './messages.ts'

const post = (reply: Reply): void => {
  // The parent may be gone already; then this process is about to end too.
  process.send?.(reply, undefined, undefined, () => {})
}

/** Tells the parent something outside of any call. */
export const tell = (told: string): void => post({ told })

/**
 * Makes this process answer calls of these commands, until its parent goes away. Ctrl-C reaches the whole group: the parent
 * alone decides what it means.
 */
export function answerCalls(commands: object): void {
  const functions = new Map<string, unknown>(Object.entries(commands))
  const answer = async ({ call, name, args }: Call): Promise<void> => {
    try {
      const command = functions.get(name)
      if (typeof command !== 'function') throw new Error(`no command "${name}"`)
      post({ call, value: await command(...args) })
    } catch (error) {
      post({ call, failure: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  }
  process.on('message', (message) => void answer(message as Call))
  process.on('disconnect', () => process.exit())
  process.on('SIGINT', () => {})
}
