import { isSyncError } from '@rowkeep/kernel'
import type { Clause } from '../harness.ts'

/** Anything as one short line for a message: errors by code and text, values as JSON, cut at 400 characters. */
export function shown(value: unknown): string {
  const text = isSyncError(value) ? `${value.code} (${value.message})` : plain(value)
  return text.length > 400 ? `${text.slice(0, 400)}... (${text.length} characters)` : text
}

function plain(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`
  if (value instanceof Map) return plain([...value])
  if (typeof value !== 'object' || value === null) return typeof value === 'string' ? value : String(value)
  try {
    return JSON.stringify(value)
  } catch {
    return Object.prototype.toString.call(value)
  }
}

/** A clause that does not hold: which one, what it asks for, and what the implementation did instead. */
export class ConformanceError extends Error {
  /** `undefined` until the runner, which knows it, has stamped the error. */
  readonly clause: Clause | undefined
  /** What the clause asks for, as a sentence about the implementation. */
  readonly expectation: string
  /** What it did instead, as one line. */
  readonly seen: string

  constructor(
    expectation: string,
    seen: unknown,
    options: { readonly clause?: Clause; readonly cause?: unknown } = {},
  ) {
    const text = shown(seen)
    super(`${options.clause ? `[${options.clause}] ` : ''}expected ${expectation}; seen: ${text}`, {
      cause: options.cause ?? (seen instanceof Error ? seen : undefined),
    })
    this.name = 'ConformanceError'
    this.clause = options.clause
    this.expectation = expectation
    this.seen = text
  }

  /** The same failure, with its clause. */
  of(clause: Clause): ConformanceError {
    return new ConformanceError(this.expectation, this.seen, { clause, cause: this.cause ?? this })
  }
}
