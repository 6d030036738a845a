import { join } from 'node:path'
import type { Journal } from './journal.ts'
import { brokenLine, linesOf, RAW_CHARACTERS } from './lines.ts'
import { LiveKeys } from './live-keys.ts'
import { NextJournal } from './next-journal.ts'
import type { Reader } from './reader.ts'
import { type Damage, type Frame, isFrame } from './scan.ts'
import { freeDamagedName, journalPath, type Space } from './space.ts'
import { type Survey, survey } from './survey.ts'

/** More than any frame has; a longer stretch of damage shows its beginning. */
const MOST_BYTES = 134_217_728
const ENTRY = /\["(?:meta|base|op)","(?:[^"\\]|\\.)*"[,\]]/

/** What a salvage keeps: the newest line of each key, in the order of the file. */
class Rescue {
  readonly lines = new Map<string, Buffer>()
  readonly #name: string
  readonly #reader: Reader

  constructor(name: string, reader: Reader) {
    this.#name = name
    this.#reader = reader
  }

  good({ payload }: Frame): void {
    for (const { identity, removed, start, end } of linesOf(payload)) {
      if (removed) this.lines.delete(identity)
      // Copied: a view would keep its whole frame in memory.
      else this.lines.set(identity, Buffer.concat([payload.subarray(start, end), Buffer.from('\n')]))
    }
  }

  /**
   * The damaged bytes themselves become one broken entry, `meta` / `<kept file>/<offset>`. So does each entry that can still
   * be made out: its older value is out of date, its newer one cannot be trusted.
   */
  async bad({ from, to }: Damage): Promise<void> {
    const text = (await this.#reader.bytes(from, Math.min(to - from, MOST_BYTES))).toString('utf8')
    const place = `"meta",${JSON.stringify(`${this.#name}/${from}`)}`
    this.lines.set(place, brokenLine(place, text.slice(0, RAW_CHARACTERS)))
    for (const piece of text.split('\n')) {
      const match = ENTRY.exec(piece)
      if (!match) continue
      const identity = match[0].slice(1, -1)
      if (isIdentity(identity)) this.lines.set(identity, brokenLine(identity, piece.slice(match.index)))
    }
  }
}

/** Whether the text is what this version writes for a table and a key: a flipped bit may have made it something else. */
function isIdentity(text: string): boolean {
  try {
    const [table, key]: readonly unknown[] = JSON.parse(`[${text}]`)
    return /^[\x20-\x7e]{1,1024}$/.test(String(key)) && `${JSON.stringify(table)},${JSON.stringify(key)}` === text
  } catch {
    return false
  }
}

async function write(space: Space, lines: Iterable<Buffer>, head: number): Promise<Journal> {
  const live = new LiveKeys()
  const next = await NextJournal.start(space, head)
  try {
    for (const line of lines) {
      live.apply(line, head)
      await next.line(line)
    }
    await next.closePart()
    return await next.install(live)
  } catch (thrown) {
    await next.abandon()
    throw thrown
  }
}

/**
 * Writes a sound journal from what a damaged one still says, and keeps the damaged file aside under a second name. Commit
 * numbers go on. A crash at any step leaves the damaged journal in its place.
 */
export async function salvage(space: Space, reader: Reader, header: Survey['header']): Promise<Journal> {
  const name = await freeDamagedName(space)
  const rescue = new Rescue(name, reader)
  const found = await survey(reader, header, async (item) => (isFrame(item) ? rescue.good(item) : rescue.bad(item)))
  await space.files.link(journalPath(space), join(space.folder, name))
  return write(space, rescue.lines.values(), found.head)
}
