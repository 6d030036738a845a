/** How a cell of the matrix ended; `-`: it cannot be. */
export type Mark = 'ok' | 'FAIL' | '-'

/** A cell of the matrix; with a reason: one that cannot be. */
export interface Cell {
  readonly backend: string
  readonly fault: string
  readonly column: 'push' | 'pull' | 'live'
  readonly reason?: string
}

const columns = ['push', 'pull', 'live'] as const

type Ended = readonly [cell: Cell, mark: Mark]

const keyOf = ({ backend, fault, column }: Cell): string => JSON.stringify([backend, fault, column])

/** The matrix as text: a line a fault with three marks a backend, then the counts, then why cells cannot be. */
export function tableOf(ended: readonly Ended[]): string {
  const cells = ended.map(([cell]) => cell)
  const faults = [...new Set(cells.map(({ fault }) => fault))]
  const backends = [...new Set(cells.map(({ backend }) => backend))].sort()
  const marks = new Map(ended.map(([cell, mark]) => [keyOf(cell), mark]))
  const markOf = (cell: Cell): string => marks.get(keyOf(cell)) ?? 'not run'
  const width = Math.max(...faults.map(({ length }) => length))
  const line = (head: string, parts: readonly string[]): string =>
    `${head.padEnd(width)}  ${parts.map((part) => part.padEnd(14)).join('  ')}`.trimEnd()
  const lines = faults.map((fault) =>
    line(
      fault,
      backends.map((backend) => columns.map((column) => markOf({ backend, fault, column }).padEnd(4)).join(' ')),
    ),
  )
  return [
    line('', backends),
    line(
      '',
      backends.map(() => 'push pull live'),
    ),
    ...lines,
    '',
    ...backends.map((backend) => countsOf(ended, backend)),
    '',
    'not applicable:',
    ...reasonsOf(cells),
  ].join('\n')
}

function countsOf(ended: readonly Ended[], backend: string): string {
  const marks = ended.flatMap(([cell, mark]) => (cell.backend === backend ? [mark] : []))
  const many = (mark: Mark): number => marks.filter((one) => one === mark).length
  const counts = `${many('ok')} hold, ${many('-')} are not applicable, ${many('FAIL')} fail`
  return `${backend.padEnd(14)}  ${marks.length} cells: ${counts}`
}

function reasonsOf(cells: readonly Cell[]): readonly string[] {
  const reasons = cells.flatMap(({ reason }) => reason ?? [])
  return [...new Set(reasons)].map((reason) => {
    const many = reasons.filter((one) => one === reason).length
    return `${String(many).padStart(4)}  ${reason}`
  })
}
