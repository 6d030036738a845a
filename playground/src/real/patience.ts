/** The value of the promise. @throws Error naming what did not come in time */
export type Within = <T>(what: string, promise: Promise<T>, ms?: number) => Promise<T>

/** Waits for promises, each as long as this where nothing else is said, ms. */
export const patientFor =
  (patienceMs: number): Within =>
  async (what, promise, ms = patienceMs) => {
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
