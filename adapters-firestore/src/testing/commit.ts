import type { JsonObject } from '@rowkeep/kernel'
import { type DocPath, type Documents, docPathOf, sameTime, splitName } from './documents.ts'
import { segmentsOf, valueAt, withValueAt } from './field-path.ts'
import { checkDocument, checkPath } from './limits.ts'
import {
  type Fields,
  fieldsOf,
  isObject,
  listOf,
  objectOf,
  type StoredDoc,
  textOf,
  timeOf,
  type Value,
  withStoredTimes,
} from './proto.ts'
import type { Caller, Rules } from './rules.ts'
import { invalid, StatusError } from './status.ts'
import { applyTransforms } from './transforms.ts'

/** Writes one commit may have. */
const mostWrites = 500

interface Staged {
  readonly at: DocPath
  readonly fields: Fields | undefined
  readonly results: readonly Value[]
}

/** `google.firestore.v1.CommitResponse`. */
export interface Committed {
  readonly writeResults: readonly JsonObject[]
  readonly commitTime: string
}

function nameOf(write: JsonObject): string {
  const name = isObject(write['update']) ? write['update']['name'] : (write['delete'] ?? write['verify'])
  return textOf(name, 'write.update.name')
}

/** `before`: what earlier writes of the same commit leave. `doc`: what was there before the commit, which is what has a time. */
function checkPrecondition(
  { exists, updateTime }: JsonObject,
  before: Fields | undefined,
  doc: StoredDoc | undefined,
  name: string,
): void {
  if (exists === true && !before) throw new StatusError('NOT_FOUND', `No document to update: ${name}`)
  if (exists === false && before) throw new StatusError('ALREADY_EXISTS', `Document already exists: ${name}`)
  if (updateTime === undefined) return
  if (!doc || !sameTime(textOf(updateTime, 'current_document.update_time'), doc.updateTime))
    throw new StatusError('FAILED_PRECONDITION', 'the stored version does not match the required base version')
}

/** The document an update leaves, before transforms: all of it, or only what the mask names. */
function updated(write: JsonObject, before: Fields): Fields {
  const fields = fieldsOf(objectOf(write['update'], 'write.update')['fields'])
  if (!isObject(write['updateMask'])) return fields
  const paths = listOf(write['updateMask']['fieldPaths'], 'update_mask.field_paths')
  return paths.reduce<Fields>((after, path) => {
    const segments = segmentsOf(textOf(path, 'update_mask.field_paths'))
    return withValueAt(after, segments, valueAt(fields, segments))
  }, before)
}

/** Commits: all writes or none, under the rules, one after the other. */
export class Commits {
  readonly #documents: Documents
  readonly #rules: Rules

  constructor(documents: Documents, rules: Rules) {
    this.#documents = documents
    this.#rules = rules
  }

  /** @throws StatusError and nothing was written */
  commit(writes: readonly JsonObject[], caller: Caller): Committed {
    if (writes.length > mostWrites) throw invalid(`maximum ${mostWrites} writes allowed per request`)
    const time = this.#documents.requestTime()
    const staged = new Map<string, Staged>()
    const results = writes.map((write) => {
      const one = this.#stage(withStoredTimes(write) as JsonObject, caller, time, staged)
      staged.set(`${one.at.collection}/${one.at.id}`, one)
      return one.results
    })
    const micros = this.#documents.commitTime()
    for (const { at, fields } of staged.values()) this.#documents.put(at, fields, micros)
    const updateTime = timeOf(micros)
    return {
      commitTime: updateTime,
      writeResults: results.map((given) => ({
        updateTime,
        ...(given.length === 0 ? {} : { transformResults: given }),
      })),
    }
  }

  #stage(write: JsonObject, caller: Caller, time: string, staged: ReadonlyMap<string, Staged>): Staged {
    const name = nameOf(write)
    const { path } = splitName(name)
    checkPath(path)
    const at = docPathOf(path)
    const doc = this.#documents.get(at)
    const earlier = staged.get(path)
    const before = earlier ? earlier.fields : doc?.fields
    const { fields, results } = this.#after(write, before, time)
    // The service tells nobody who may not write whether a precondition holds.
    if (!('verify' in write)) this.#rules.mayWrite({ caller, at, before, after: fields, time })
    if (isObject(write['currentDocument'])) checkPrecondition(write['currentDocument'], before, doc, name)
    if (fields !== undefined) checkDocument(path, fields)
    return { at, fields, results }
  }

  #after(
    write: JsonObject,
    before: Fields | undefined,
    time: string,
  ): { readonly fields: Fields | undefined; readonly results: readonly Value[] } {
    if ('verify' in write) return { fields: before, results: [] }
    if ('delete' in write) return { fields: undefined, results: [] }
    const transforms = listOf(write['updateTransforms'], 'update_transforms') as JsonObject[]
    return applyTransforms(updated(write, before ?? {}), transforms, time)
  }
}
