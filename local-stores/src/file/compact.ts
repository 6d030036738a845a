import type { Breaks } from './breaks.ts'
import { HEADER_BYTES } from './frame.ts'
import type { Journal } from './journal.ts'
import { linesOf } from './lines.ts'
import { NextJournal } from './next-journal.ts'
import { Reader } from './reader.ts'
import { type Frame, isFrame, scan } from './scan.ts'
import type { Space } from './space.ts'
import type { Turns } from './turns.ts'

/** What a snapshot works on. */
export interface Compaction {
  readonly space: Space
  readonly journal: Journal
  readonly turns: Turns
  readonly breaks: Breaks
  /** Called in the turn that makes it the journal, before any further commit. */
  readonly installed: (journal: Journal) => void
}

/** So few bytes that copying them does not hold up a commit. */
const SHORT_BYTES = 65_536
const BYTES_BETWEEN_BREAKS = 262_144
/** Commits that come faster than they are copied must not keep the copying going for ever. */
const MOST_ROUNDS = 8

/** Every frame of a stretch that is known to be sound. */
async function* soundFrames(journal: Journal, from: number, to: number): AsyncGenerator<Frame, void> {
  for await (const found of scan(new Reader(journal.file, to), from, journal.salt)) {
    if (!isFrame(found)) throw new Error(`the journal can no longer be read from byte ${found.from}`)
    yield found
  }
}

/** Copies the lines that still count, up to byte `to`. */
async function copyLive(next: NextJournal, to: number, { journal, breaks }: Compaction): Promise<void> {
  let sinceBreak = 0
  for await (const frame of soundFrames(journal, HEADER_BYTES, to)) {
    for (const line of linesOf(frame.payload)) {
      // Removals are never the latest of a key. A key that a later commit wrote is left out too: that commit is copied
      // before the file gets its name.
      if (!journal.isLatest(line.identity, frame)) continue
      // Copied: a view would keep its whole chunk in memory until the part is full.
      await next.line(Buffer.from(frame.payload.subarray(line.start, line.end + 1)))
    }
    sinceBreak += frame.next - frame.offset
    if (sinceBreak < BYTES_BETWEEN_BREAKS) continue
    sinceBreak = 0
    await breaks.take()
    if (breaks.stopped) return
  }
  await next.closePart()
}

/** Copies the commits from byte `from` on; returns how far it came. */
async function copyCommits(next: NextJournal, from: number, journal: Journal): Promise<number> {
  const { end } = journal
  for await (const { payload } of soundFrames(journal, from, end)) await next.commit(payload)
  return end
}

async function write(next: NextJournal, work: Compaction): Promise<void> {
  const { journal, turns, breaks, installed } = work
  let copied = journal.startAfter(next.head) ?? journal.end
  await copyLive(next, copied, work)
  for (let round = 0; round < MOST_ROUNDS && journal.end - copied > SHORT_BYTES && !breaks.stopped; round += 1) {
    copied = await copyCommits(next, copied, journal)
    await breaks.take()
  }
  if (!breaks.stopped) await next.sync()
  await turns.run(async () => {
    if (breaks.stopped) return next.abandon()
    await copyCommits(next, copied, journal)
    installed(await next.install(journal.live))
  })
}

/**
 * Writes a snapshot of the journal beside it, while commits go on, and puts it in its place. Ends early and without effect
 * once `breaks` is stopped. Rejects if it could not be done; then the journal is as it was, unless the code is
 * `SYNC_STORE_BROKEN`.
 */
export async function compact(work: Compaction): Promise<void> {
  const next = await NextJournal.start(work.space, work.journal.head)
  try {
    await write(next, work)
  } catch (thrown) {
    await next.abandon()
    throw thrown
  }
}
