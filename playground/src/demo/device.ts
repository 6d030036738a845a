import * as app from './app.ts'
import { answerCalls, tell } from './ipc/answering.ts'

/** What the story can ask of a device: everything the app can do. */
export type Device = Omit<typeof app, 'keepAdding'> & { keepAdding(): Promise<never> }

const device: Device = { ...app, keepAdding: () => app.keepAdding(tell) }
answerCalls(device)
