import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ModelRow, type ModelServer, modelServer } from '@rowkeep/kernel/testing'

/** The rows written down so far; a last line that was cut off by a crash was never answered for. */
function rowsIn(file: string): readonly ModelRow[] {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as ModelRow)
}

/** A model server whose rows are on disk before their writer has an answer. Later lines of a row take the place of earlier ones. */
export function modelOnDisk(folder: string): ModelServer {
  const file = join(folder, 'rows.jsonl')
  const server = modelServer({ rows: rowsIn(file) })
  server.watch((row) => {
    if (row === undefined) throw new Error('the backends of the demo keep tombstones')
    appendFileSync(file, `${JSON.stringify(row)}\n`)
  })
  return server
}
