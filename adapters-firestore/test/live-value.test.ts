import { deleteApp, initializeApp } from 'firebase/app'
import { getFirestore } from 'firebase/firestore'
import { getFirestore as getLite } from 'firebase/firestore/lite'
import { afterAll, expect, it } from 'vitest'
import { firestoreAdapter } from '../src/index.ts'
import { firestoreLive } from '../src/live/index.ts'

// A file of its own: one process takes only one build of the full SDK, and here it is Node's.
const app = initializeApp({ projectId: 'demo' })
afterAll(() => deleteApp(app))

it('the value of the option `live` is made of the full SDK, beside the lite one', () => {
  const live = firestoreLive(getFirestore(app))
  const adapter = firestoreAdapter({ firestore: getLite(app), user: () => 'ada', live })
  expect(adapter.capabilities.live).toBe('data')
  expect(adapter.subscribe).toBeTypeOf('function')
})

it('the lite SDK cannot listen', () => {
  for (const wrong of [getLite(app), {}, undefined])
    expect(() => firestoreLive(wrong as never)).toThrow(expect.objectContaining({ code: 'SYNC_CONFIG_INVALID' }))
})
