/** Something that must never happen, and did. */
export interface Violation {
  /** The invariant: `I1` to `I16` and `L4`, as the README of `@rowkeep/conformance-tests` lists them, or `crash` for the kernel itself failing. */
  readonly invariant: string
  readonly what: string
}
