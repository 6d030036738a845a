/** Runs what is given for one key in the order of the calls. */
export type InTurn = <T>(key: string, run: () => Promise<T>) => Promise<T>

/** Turns of their own: nobody else's work is waited for. */
export function turns(): InTurn {
  const last = new Map<string, Promise<unknown>>()
  return (key, run) => {
    const turn = (last.get(key) ?? Promise.resolve()).then(run, run)
    const leave = (): unknown => last.get(key) === turn && last.delete(key)
    last.set(key, turn)
    turn.then(leave, leave)
    return turn
  }
}
