/** Runs `work` while nothing is written by `console`: lite and its drivers print every error that they answer with. */
export async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const { error, log, warn } = console
  Object.assign(console, { error: () => undefined, log: () => undefined, warn: () => undefined })
  try {
    return await work()
  } finally {
    Object.assign(console, { error, log, warn })
  }
}
