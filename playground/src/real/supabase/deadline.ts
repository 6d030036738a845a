/** How long one answer may take, ms. The first of an embedded database takes seconds. */
const patienceMs = 30_000

/** The value of the promise. @throws Error naming what did not come in time */
export async function within<T>(what: string, promise: Promise<T>, ms: number = patienceMs): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
