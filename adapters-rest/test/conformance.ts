import { defineRemoteHarness, type RemoteHarness } from '@rowkeep/conformance-tests'
import { restAdapter } from '../src/index.ts'
import { restDouble } from '../src/testing/index.ts'

/** The adapter of this package before the server of this package, on an embedded database. */
export const harness: RemoteHarness = defineRemoteHarness({
  name: 'rest',
  backend: () => restDouble(),
  adapter: ({ origin }, { token }) => restAdapter({ url: `${origin}/sync`, token }),
})
