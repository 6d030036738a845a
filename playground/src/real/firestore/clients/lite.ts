import { deleteApp } from 'firebase/app'
import * as sdk from 'firebase/firestore/lite'
import type { Client } from './client.ts'
import { WebClient, webApp } from './web.ts'

sdk.setLogLevel('silent')

/** The lite SDK: REST over `fetch`. */
export function liteClient(port: number, mockUserToken: string): Client {
  const app = webApp()
  const database = sdk.initializeFirestore(app, {})
  sdk.connectFirestoreEmulator(database, '127.0.0.1', port, { mockUserToken })
  return new WebClient(sdk, database).with({ name: 'lite', close: () => deleteApp(app) })
}
