/** How long any one thing here may take, ms. SDKs that try again wait some seconds in between. */
export const patienceMs = 20_000

/** The promise, or after a while a rejection that names what was waited for. */
export async function within<T>(what: string, promise: Promise<T>, ms: number = patienceMs): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: no end after ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
