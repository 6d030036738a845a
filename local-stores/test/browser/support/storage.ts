import { commands } from 'vitest/browser'

declare module 'vitest/internal/browser' {
  interface BrowserCommands {
    evict(): Promise<void>
  }
}

/** The browser deletes the origin's databases while they are open. */
export const evict = (): Promise<void> => commands.evict()
