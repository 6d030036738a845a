import type { JsonObject } from '@rowkeep/kernel'
import { answerCalls } from '../../../demo/ipc/answering.ts'
import type { Note } from '../note.ts'
import { setting } from '../settings.ts'
import { dialLoopback } from '../wire/loopback-socket.ts'
import type { AmazonDevice, ConflictMet, Side, Told } from './commands.ts'
import { type AmazonConflict, type AmazonError, amazonPackages, type Condition, type StoredNote } from './packages.ts'
import { schema } from './schema.ts'

// DataStore looks for IndexedDB and for the state of the network there.
Object.assign(globalThis, { window: { navigator: { onLine: true }, addEventListener() {}, removeEventListener() {} } })
dialLoopback()
const { core, datastore } = amazonPackages(setting('JUDGE_FOLDER'))
const { Amplify, Hub } = core
const { DataStore, DISCARD, initSchema, syncExpression } = datastore
const NoteModel = initSchema(schema).Note

const token = { toString: () => 'token-of-ada', payload: { 'cognito:username': 'ada' } }
Amplify.configure(
  {
    API: { GraphQL: { endpoint: setting('JUDGE_ENDPOINT'), region: 'eu-west-1', defaultAuthMode: 'userPool' } },
  },
  { Auth: { tokenProvider: { getTokens: async () => ({ accessToken: token, idToken: token }) } } },
)

const told: Told[] = []
Hub.listen('datastore', ({ payload: { event, data = {} } }) => {
  const { isEmpty, isFullSync, counts } = data
  told.push({ event, data: JSON.parse(JSON.stringify({ isEmpty, isFullSync, counts })) as JsonObject })
})

const conflicts: ConflictMet[] = []
const errors: AmazonError[] = []
const noteKeys: readonly string[] = ['title', 'done', 'n', 'tags']
let decidesFor: Side = 'both'

/** The fields of a model made of a mutation's input; those it did not have are null. */
const written = (note: StoredNote): Partial<Note> =>
  Object.fromEntries(Object.entries(note).filter(([field, value]) => noteKeys.includes(field) && value !== null))

function decide({ modelConstructor, localModel, remoteModel, attempts }: AmazonConflict): StoredNote | symbol {
  conflicts.push({ mine: localModel.title, theirs: remoteModel.title, attempts })
  if (decidesFor === 'server') return DISCARD
  return modelConstructor.copyOf(remoteModel, (draft) => void Object.assign(draft, written(localModel)))
}

const hidden = setting('JUDGE_HIDDEN')
DataStore.configure({
  syncPageSize: 2,
  ...(setting('JUDGE_HANDLER') === 'app' ? { conflictHandler: decide } : {}),
  errorHandler: ({ message, errorType }: AmazonError) => errors.push({ message, errorType }),
  syncExpressions: hidden === '' ? [] : [syncExpression(NoteModel, () => (note: Condition) => note.title.ne(hidden))],
})

/** A note without what DataStore keeps beside it. */
const shown = ({ id, title, done, n, tags }: StoredNote): Note => ({ id, title, done, n, tags })

async function changed(id: string, fields: Partial<Note>): Promise<StoredNote> {
  const note = await DataStore.query(NoteModel, id)
  if (note === undefined) throw new Error(`DataStore has no note ${id}`)
  return NoteModel.copyOf(note, (draft) => void Object.assign(draft, fields))
}

const commands: AmazonDevice = {
  start: () => DataStore.start(),
  stop: () => DataStore.stop(),
  create: async (fields) => (await DataStore.save(new NoteModel(fields))).id,
  async change(id, fields) {
    await DataStore.save(await changed(id, fields))
  },
  async changeWhere(title, id, fields) {
    await DataStore.save(await changed(id, fields), (note) => note.title.eq(title))
  },
  async remove(id) {
    await DataStore.delete(NoteModel, id)
  },
  notes: async () => (await DataStore.query(NoteModel)).map(shown).sort((a, b) => (a.id < b.id ? -1 : 1)),
  version: async (id) => (await DataStore.query(NoteModel, id))?._version ?? null,
  decideFor(side) {
    decidesFor = side
  },
  told: () => told,
  conflicts: () => conflicts,
  errors: () => errors,
}

answerCalls(commands)
