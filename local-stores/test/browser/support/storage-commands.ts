import type {} from '@vitest/browser-playwright'
import type { BrowserCommand } from 'vitest/node'

/** The browser deletes the origin's databases, as it does when space is short or when a person clears the site's data. */
const evict: BrowserCommand<[]> = async ({ context, page }) => {
  const session = await context.newCDPSession(page)
  await session.send('Storage.clearDataForOrigin', { origin: new URL(page.url()).origin, storageTypes: 'indexeddb' })
  await session.detach()
}

/** What the tests can ask the browser to do with the storage of their origin. */
export const storageCommands = { evict }
