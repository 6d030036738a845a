import type { OpenServed } from './served.ts'
export const open: OpenServed = async () => {
  throw new Error('later')
}
