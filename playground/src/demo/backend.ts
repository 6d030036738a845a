import { restAdapter } from '@rowkeep/adapters-rest'
import type { RemoteAdapter } from '@rowkeep/kernel'
import { setting } from './settings.ts'

/** The backend of the app. This file is the only one on a device that knows which one it is. */
export const remote: RemoteAdapter = restAdapter({
  url: setting('DEMO_URL'),
  token: () => 'token-of-ada',
})
