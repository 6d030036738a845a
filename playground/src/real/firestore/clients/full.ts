import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { deleteApp } from 'firebase/app'
import type { Firestore, Query } from 'firebase/firestore'
import type { Firestore as LiteFirestore } from 'firebase/firestore/lite'
import type { Client, Wanted } from './client.ts'
import { codeOf } from './codes.ts'
import { plainFields } from './plain.ts'
import { WebClient, type WebSdk, webApp, webQuery } from './web.ts'

/** The full SDK. */
export type FullSdk = typeof import('firebase/firestore')

/** A client with what only the full SDK has: a cache and a queue of its own. */
export interface FullClient extends Client {
  readonly sdk: FullSdk
  readonly database: Firestore
}

/**
 * The build for browsers, which speaks WebChannel. The package exports it to browsers only, so it is named by its path; Node
 * would get the build that speaks gRPC.
 */
export async function browserBuild(): Promise<FullSdk> {
  const { resolve } = createRequire(createRequire(import.meta.url).resolve('firebase/firestore'))
  const path = join(dirname(resolve('@firebase/firestore')), 'index.esm.js')
  const sdk = (await import(pathToFileURL(path).href)) as FullSdk
  sdk.setLogLevel('silent')
  return sdk
}

/** Reads ask the server, never the SDK's own cache. */
const asWeb = (sdk: FullSdk): WebSdk => {
  const { getCountFromServer: getCount, getDocFromServer: getDoc, getDocsFromServer: getDocs } = sdk
  return { ...sdk, getCount, getDoc, getDocs } as unknown as WebSdk
}

/** The full SDK: WebChannel, and XMLHttpRequest for what is asked once. */
export function fullClient(sdk: FullSdk, port: number, mockUserToken: string): FullClient {
  const app = webApp()
  const database = sdk.initializeFirestore(app, {})
  sdk.connectFirestoreEmulator(database, '127.0.0.1', port, { mockUserToken })
  const [web, same] = [asWeb(sdk), database as unknown as LiteFirestore]
  const queryOf = (wanted: Wanted): Query => webQuery(web, same, wanted) as unknown as Query
  const client = new WebClient(web, same).with({
    name: 'full',
    listen: (wanted, { heard, failed }) =>
      sdk.onSnapshot(
        queryOf(wanted),
        (snapshot) =>
          heard({
            documents: snapshot.docs.map((one) => ({ id: one.id, fields: plainFields(one.data()) })),
            changes: snapshot.docChanges().map(({ type, doc }) => `${type} ${doc.id}`),
          }),
        (error) => failed(codeOf(error)),
      ),
    listenTo: (path, heard) =>
      sdk.onSnapshot(sdk.doc(database, path), (one) => heard(one.exists() ? plainFields(one.data()) : null)),
    async close() {
      await sdk.terminate(database)
      await deleteApp(app)
    },
  })
  return Object.assign(client, { sdk, database })
}
