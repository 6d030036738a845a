import {
  type ClosableRemote,
  type Env,
  type JsonObject,
  platformEnv,
  type RemoteAdapter,
  type RemoteCapabilities,
} from '@rowkeep/kernel'
import { ConformanceError } from '../core/conformance-error.ts'
import { within } from '../core/expect.ts'
import type { Backend, Device, RemoteHarness } from '../harness.ts'
import { type Remote, remoteOf } from './remote.ts'
import { mount, type Wire } from './wire.ts'

/** A row of the suite's collections, as the harness writes it. */
export type Row = JsonObject & { readonly id: string }

/** What a remote scenario works with: a fresh backend behind a wire, and devices. */
export interface RemoteBench {
  readonly capabilities: RemoteCapabilities
  readonly backend: Backend
  readonly wire: Wire
  readonly env: Env
  /** Whether rows may have fields beyond those of the harness's description. */
  readonly fields: 'any' | 'fixed'
  /** The fields of `notes` with a codec; `undefined`: none are declared. */
  readonly codecs: RemoteHarness['codecs']
  /** Who makes the requests: the adapter, or a client of the vendor's. */
  readonly network: 'env' | 'sdk'
  /** `none`: the adapter refuses every write. */
  readonly writes: 'any' | 'none'
  /** The first device of the user `ada`. */
  readonly ada: Remote
  /** A device with an adapter of its own. Default token: `token-of-<user>`. */
  readonly device: (user: string, token?: string) => Remote
  /** Rows written by another device of `ada`, one after the other. */
  readonly write: (...rows: readonly Row[]) => Promise<void>
  /** The live row as the backend has it. */
  readonly truth: (id: string) => Promise<JsonObject | undefined>
}

function deviceOf(user: string, token: string, env: Env): Device {
  return { user, token: () => token, env }
}

/** A fresh backend of the harness, mounted for one scenario. */
export async function remoteBench(
  harness: RemoteHarness,
): Promise<{ context: RemoteBench; tearDown: () => Promise<void> }> {
  const backend = await harness.backend()
  const wire = await mount(backend)
  const adapters: (RemoteAdapter & Partial<ClosableRemote>)[] = []
  const device = (user: string, token: string = `token-of-${user}`): Remote => {
    const adapter = harness.adapter(backend, deviceOf(user, token, platformEnv))
    adapters.push(adapter)
    return remoteOf(adapter, user, platformEnv)
  }
  const tearDown = async (): Promise<void> => {
    for (const adapter of adapters) if (adapter.close) await within('close() of the adapter', adapter.close())
    await backend.close?.()
    await wire.close()
  }
  try {
    const ada = device('ada')
    const context: RemoteBench = {
      capabilities: ada.adapter.capabilities,
      backend,
      wire,
      env: platformEnv,
      fields: harness.fields ?? 'any',
      codecs: harness.codecs,
      network: harness.network ?? 'env',
      writes: harness.writes ?? 'any',
      ada,
      device,
      async write(...rows) {
        for (const row of rows) await within('write() of the harness', backend.write('notes', row))
      },
      async truth(id) {
        const rows = await within('rows() of the harness', backend.rows('notes'))
        return rows.find((row) => row['id'] === id)
      },
    }
    return { context, tearDown }
  } catch (error) {
    await tearDown()
    throw error instanceof ConformanceError ? new Error(error.message, { cause: error }) : error
  }
}
