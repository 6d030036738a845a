/** From the demo to one of its processes: call a command. */
export interface Call {
  readonly call: number
  readonly name: string
  readonly args: readonly unknown[]
}

/** Back: how a call ended, or something told in between. */
export type Reply =
  | { readonly call: number; readonly value?: unknown }
  | { readonly call: number; readonly failure: string }
  | { readonly told: string }

/** The functions among the exports of a program, as they are called from another process. */
export type Remote<C> = {
  readonly [N in keyof C as C[N] extends (...args: never[]) => unknown ? N : never]: C[N] extends (
    ...args: infer A
  ) => infer R
    ? (...args: A) => Promise<Awaited<R>>
    : never
}
