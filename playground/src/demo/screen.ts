import type { WriteStream } from 'node:tty'

/** Where the story is shown: numbered lines, one per step. */
export interface Screen {
  title(text: string): void
  /** Runs one step under the next number; shows a tick and its result, or a cross. */
  step(tells: string, play: (progress: (text: string) => void) => Promise<string>): Promise<void>
  success(text: string): void
  failure(text: string): void
}

type Out = Pick<WriteStream, 'write'> & { readonly isTTY?: boolean }

const paints = { bold: 1, dim: 2, red: 31, green: 32 } as const
type Paint = (paint: keyof typeof paints, text: string) => string

/** Colours and moving lines only on a terminal; colours not where NO_COLOR is set (https://no-color.org). */
export function openScreen(out: Out, environment: NodeJS.ProcessEnv): Screen {
  const isLive = out.isTTY === true && environment['TERM'] !== 'dumb'
  const isColoured = isLive && !environment['NO_COLOR']
  const paint: Paint = (name, text) => (isColoured ? `\x1b[${paints[name]}m${text}\x1b[0m` : text)
  const line = (text: string): void => void out.write(`${text}\n`)
  const status = isLive ? (text: string): void => void out.write(`\r\x1b[2K${text}`) : (): void => {}
  let number = 0

  return {
    title: (text) => line(`\n${paint('bold', text)}\n`),
    async step(tells, play) {
      number += 1
      const head = String(number).padStart(2)
      line(`${paint('dim', head)}  ${tells}`)
      status(paint('dim', '    …'))
      try {
        const result = await play((text) => status(paint('dim', `    … ${text}`)))
        status('')
        line(`    ${paint('green', `✓ ${result}`)}`)
      } catch (error) {
        status('')
        line(`    ${paint('red', '✗ this did not work out')}`)
        throw error
      }
    },
    success: (text) => line(`\n${paint('green', '✓')} ${paint('bold', text)}\n`),
    failure: (text) => line(`\n${paint('red', '✗')} ${text}\n`),
  }
}
