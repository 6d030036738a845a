import type { CommitNumber, LoadPage, StoreEntry } from '@rowkeep/kernel'
import { failure } from './failures.ts'
import type { OpenFile } from './files.ts'
import { HEADER_BYTES } from './frame.ts'
import type { Journal } from './journal.ts'
import { contentOf, type Line, linesOf } from './lines.ts'
import { Reader } from './reader.ts'
import { type Frame, isFrame, scan } from './scan.ts'

const PAGE_ENTRIES = 1000
const PAGE_BYTES = 1_048_576

/** A journal as it was at one moment. Its file is the load's own: a snapshot may take the journal's place meanwhile. */
export interface View {
  readonly file: OpenFile
  readonly journal: Journal
  readonly head: CommitNumber
  readonly from: number
  readonly to: number
  /** Everything, not only what changed. */
  readonly whole: boolean
}

/** The view that answers `load(after)`. */
export function viewOf(file: OpenFile, journal: Journal, after: CommitNumber): View {
  const start = after === 0 ? undefined : journal.startAfter(after)
  const { head, end } = journal
  return { file, journal, head, from: start ?? HEADER_BYTES, to: end, whole: start === undefined }
}

class PageMaker {
  readonly #head: CommitNumber
  #reset: boolean
  #entries: StoreEntry[] = []
  #broken: LoadPage['broken'][number][] = []
  #bytes = 0

  constructor({ head, whole }: View) {
    this.#head = head
    this.#reset = whole
  }

  get full(): boolean {
    return this.#entries.length + this.#broken.length >= PAGE_ENTRIES || this.#bytes >= PAGE_BYTES
  }

  get empty(): boolean {
    return this.#bytes === 0
  }

  add(payload: Buffer, line: Line): void {
    const content = contentOf(payload, line)
    if ('entry' in content) this.#entries.push(content.entry)
    else this.#broken.push(content.broken)
    this.#bytes += line.end - line.start
  }

  take(): LoadPage {
    const page = { entries: this.#entries, broken: this.#broken, head: this.#head, reset: this.#reset }
    this.#entries = []
    this.#broken = []
    this.#bytes = 0
    this.#reset = false
    return page
  }
}

/**
 * Whether a line belongs to the load. A whole load leaves out what a commit up to `head` replaced or removed, but not what
 * a later one replaced: the reader gets that only with its next load, and needs the old value until then.
 */
function belongs({ whole, journal, head }: View, frame: Frame, { identity, removed }: Line): boolean {
  if (!whole) return true
  const replacedLater = (journal.live.latest(identity) ?? 0) > head
  return !removed && (replacedLater || journal.isLatest(identity, frame))
}

async function* framesOf({ file, journal, from, to }: View): AsyncGenerator<Frame, void> {
  for await (const found of scan(new Reader(file, to), from, journal.salt)) {
    if (!isFrame(found)) throw new Error(`bytes ${found.from} to ${found.to} can no longer be read`)
    yield found
  }
}

/** The pages of one load, in the order of the file. @throws SyncError `SYNC_STORE_FAILED` */
export async function* pagesOf(view: View): AsyncGenerator<LoadPage, void> {
  const maker = new PageMaker(view)
  let given = 0
  try {
    for await (const frame of framesOf(view)) {
      for (const line of linesOf(frame.payload)) {
        if (!belongs(view, frame, line)) continue
        maker.add(frame.payload, line)
        if (maker.full) {
          given += 1
          yield maker.take()
        }
      }
    }
  } catch (thrown) {
    throw failure(thrown, 'the journal could not be read')
  }
  // A load of nothing has a page too: it tells `head`.
  if (given === 0 || !maker.empty) yield maker.take()
}
