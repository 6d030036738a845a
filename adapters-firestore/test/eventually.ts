import { expect } from 'vitest'

/** An expectation that is asked again until it holds; on a busy machine that may take a while. */
export const eventually: (probe: () => unknown) => ReturnType<typeof expect.poll> = (probe) =>
  expect.poll(probe, { timeout: 20_000 })
