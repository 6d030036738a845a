import { restAdapter } from '@rowkeep/adapters-rest'
import type { RemoteAdapter } from '@rowkeep/kernel'
import { setting } from '../settings.ts'

export const remote: RemoteAdapter = restAdapter({ url: `${setting('DEMO_URL')}/sync`, token: () => 'token-of-ada' })
