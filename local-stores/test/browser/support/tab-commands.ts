import type {} from '@vitest/browser-playwright'
import type { Page } from 'playwright'
import type { BrowserCommand } from 'vitest/node'

/** Further tabs of the browser that runs the tests: pages of the same origin, so they share its storage and its locks. */
const tabs = new Map<string, Page>()
let opened = 0

function tabOf(id: string): Page {
  const tab = tabs.get(id)
  if (!tab) throw new Error(`there is no tab ${id}`)
  return tab
}

const openTab: BrowserCommand<[]> = async ({ context, page }) => {
  const tab = await context.newPage()
  await tab.goto(new URL('/tab.html', page.url()).href)
  opened += 1
  const id = `tab-${opened}`
  tabs.set(id, tab)
  return id
}

/** Calls the function `name` of the module at `url` in the tab; its result must be JSON. */
const runInTab: BrowserCommand<[id: string, url: string, name: string, args: readonly unknown[]]> = async (
  _,
  id,
  url,
  name,
  args,
) =>
  tabOf(id).evaluate(
    async ([from, what, given]) => {
      const module = await import(from)
      return module[what](...given)
    },
    [url, name, args] as const,
  )

const reloadTab: BrowserCommand<[id: string]> = async (_, id) => {
  await tabOf(id).reload()
}

/** At once, as a closed tab: nothing in it gets to end what it is doing. */
const closeTab: BrowserCommand<[id: string]> = async (_, id) => {
  const tab = tabOf(id)
  tabs.delete(id)
  await tab.close({ runBeforeUnload: false })
}

/** What the tests can ask of the process that drives the browser. */
export const tabCommands = { openTab, runInTab, reloadTab, closeTab }
