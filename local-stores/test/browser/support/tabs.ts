import { commands } from 'vitest/browser'

declare module 'vitest/internal/browser' {
  interface BrowserCommands {
    openTab(): Promise<string>
    runInTab(id: string, url: string, name: string, args: readonly unknown[]): Promise<unknown>
    reloadTab(id: string): Promise<void>
    closeTab(id: string): Promise<void>
  }
}

/** Where the server of the tests has a module of this folder: what a tab can import. */
export const urlOf = (path: string): string => new URL(import.meta.url).pathname.replace('support/tabs.ts', path)

/** A further tab of this origin. */
export interface Tab {
  /** Calls a function of a module in the tab; arguments and result are JSON. Rejects if the tab goes before it ends. */
  run<T>(url: string, name: string, ...args: readonly unknown[]): Promise<T>
  /** The document goes in the middle of whatever it does, and comes anew. */
  reload(): Promise<void>
  /** Goes in the middle of whatever it does. */
  close(): Promise<void>
}

/** Opens a real tab: a page of its own, beside the one that runs the test. */
export async function openTab(): Promise<Tab> {
  const id = await commands.openTab()
  return {
    run: <T>(url: string, name: string, ...args: readonly unknown[]) =>
      commands.runInTab(id, url, name, args) as Promise<T>,
    reload: () => commands.reloadTab(id),
    close: () => commands.closeTab(id),
  }
}
