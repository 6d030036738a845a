/** A row as text: the JSON of its value, `undefined` for a removal. */
export type RowText = readonly [key: string, text: string | undefined]

/** In Chromium a hundred rows a value are written eleven times as fast as one, and more gain little. */
const CHUNK_ROWS = 100

/** Two bytes a character at most, so a chunk stays below 64 KiB, above which Chromium keeps each value in a file of its own. */
const CHUNK_CHARACTERS = 30_000

/** A chunk is so full that packing it with others is not worth the while. */
export const isFull = (rows: number, characters: number): boolean =>
  rows * 2 > CHUNK_ROWS || characters * 2 > CHUNK_CHARACTERS

/**
 * The line of one row. Keys are printable ASCII and JSON has no raw control characters, so tab and line break part them
 * safely; rows are merged and moved without reading their values.
 */
export const lineOf = ([key, text = '']: RowText): string => `${key}\t${text}\n`

/** Lines put together to chunks of a good size, in their order. */
export function* chunksOf(lines: Iterable<string>): Generator<string, void, undefined> {
  let chunk: string[] = []
  let characters = 0
  for (const line of lines) {
    if (chunk.length >= CHUNK_ROWS || (chunk.length > 0 && characters + line.length > CHUNK_CHARACTERS)) {
      yield chunk.join('')
      chunk = []
      characters = 0
    }
    chunk.push(line)
    characters += line.length
  }
  if (chunk.length > 0) yield chunk.join('')
}

/** A line taken apart; `text` is empty for a removal, and there is no `key` where the line is damaged. */
export interface Line {
  readonly line: string
  readonly key: string | undefined
  readonly text: string
}

/** The lines of a chunk. */
export function* linesOf(chunk: string): Generator<Line, void, undefined> {
  let start = 0
  while (start < chunk.length) {
    const lineBreak = chunk.indexOf('\n', start)
    const end = lineBreak < 0 ? chunk.length : lineBreak
    const line = chunk.slice(start, end)
    const tab = line.indexOf('\t')
    // A line that is cut off has no line break; it must not pass for a removal.
    const isWhole = lineBreak >= 0 && tab > 0
    yield {
      line: `${line}\n`,
      key: isWhole ? line.slice(0, tab) : undefined,
      text: isWhole ? line.slice(tab + 1) : line,
    }
    start = end + 1
  }
}

/** Whether it is the picture as a whole, where removals need not be kept, or only its newest part. */
export type Part = 'whole' | 'newest'

/** The lines that count of chunks in their order: the last of each key, and every damaged one. */
export function merged(chunks: readonly string[], part: Part): readonly string[] {
  const lines = new Map<string, string>()
  for (const chunk of chunks) {
    for (const { line, key, text } of linesOf(chunk)) {
      // No key has a line break, so damaged lines take no key's place.
      if (part === 'whole' && text === '') lines.delete(key ?? line)
      else lines.set(key ?? line, line)
    }
  }
  return [...lines.values()]
}
