import type { Theme } from '@rowkeep/conformance-tests/simulation'
import type { Replaced } from './compile.ts'

/** What a child process is to do. */
export interface Job {
  /** `undefined`: the kernel as it is. */
  readonly replaced?: Replaced | undefined
  /** Name of the backend; `undefined`: each seed picks one. */
  readonly profile?: string | undefined
  /** What the histories are about; `undefined`: each seed decides. */
  readonly theme?: Theme | undefined
  /** The first seed. */
  readonly from: number
  readonly histories: number
}

/** What a child process tells. */
export type Report =
  | { readonly kind: 'at'; readonly seed: number }
  | { readonly kind: 'found'; readonly seed: number; readonly invariant: string; readonly what: string }
  | { readonly kind: 'over' }
