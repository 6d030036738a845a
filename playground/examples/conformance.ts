import { defineRemoteHarness } from '@rowkeep/conformance-tests'
import { acmeAdapter, acmeServer } from './acme.ts'

export const harness = defineRemoteHarness({
  name: 'acme',
  backend: () => {
    const server = acmeServer()
    return {
      origin: 'https://acme.test',
      // Mounted under MSW, faults added around it.
      fetch: server.fetch,
      // The truth, behind the adapter's back.
      rows: server.all,
      write: server.put,
      remove: server.drop,
    }
  },
  adapter: (backend, device) => acmeAdapter({ url: backend.origin, token: device.token }),
})
