import type { RemoteCapabilities } from '@rowkeep/kernel'
import { withFields } from '@rowkeep/kernel/adapters'
import type { RemoteHarness } from '../harness.ts'
import { modelAdapter } from './model-adapter.ts'
import { modelCodecs, modelFields, withLostText } from './model-fields.ts'
import { modelServer } from './model-server.ts'
import { type Profile, type RemoteDefect, transactional } from './profile.ts'

/** What to vary; default: everything a remote can have, with empty pages, without a defect. */
export interface ModelOptions {
  readonly name?: string
  readonly capabilities?: RemoteCapabilities
  readonly emptyPages?: boolean
  readonly defect?: RemoteDefect
}

/** The harness of the model backend and its adapter. */
export function modelHarness(options: ModelOptions = {}): RemoteHarness {
  const { name = 'model', capabilities = transactional, emptyPages = true, defect } = options
  const profile: Profile = { name, capabilities, emptyPages, defect }
  return {
    name,
    backend: () => modelServer(profile),
    codecs: modelCodecs,
    adapter(backend, device) {
      const remote = withLostText(modelAdapter(backend.origin, device, profile), defect)
      return defect === 'codec-unchecked'
        ? remote
        : withFields(remote, { notes: modelFields }, { as: 'text', digits: 9 })
    },
  }
}
