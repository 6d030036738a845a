import type { JsonObject, RemoteAdapter } from '@rowkeep/kernel'

// An adapter and a stand-in for its backend, written by somebody else.
export declare function acmeAdapter(options: { readonly url: string; readonly token: () => string }): RemoteAdapter
export declare function acmeServer(): {
  fetch(request: Request): Promise<Response>
  all(collection: string): Promise<readonly JsonObject[]>
  put(collection: string, row: JsonObject & { readonly id: string }): Promise<void>
  drop(collection: string, id: string): Promise<void>
}
