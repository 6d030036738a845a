/** A promise that somebody else opens. */
export interface Gate {
  readonly promise: Promise<void>
  open(): void
}

/** A gate that is shut. */
export function gate(): Gate {
  let open = (): void => {}
  const promise = new Promise<void>((resolve) => {
    open = resolve
  })
  return { promise, open: () => open() }
}
