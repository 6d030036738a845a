/** A command that was called in a way it does not know; the message says which. */
export class Misuse extends Error {}

/** What stood behind a command. */
export interface Arguments {
  readonly names: readonly string[]
  readonly options: Readonly<Record<string, string>>
}

/**
 * Names, and options as `--name=value` or `--name value`. All options have a value, so nothing has to be guessed.
 * @param known the options there are, each with a value as an example
 * @throws Misuse for an option that is unknown, given twice, or without a value
 */
export function argumentsIn(
  args: readonly string[],
  command: string,
  known: Readonly<Record<string, string>>,
): Arguments {
  const names: string[] = []
  const options: Record<string, string> = {}
  const rest = [...args]
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (!arg.startsWith('-')) {
      names.push(arg)
      continue
    }
    const [, name = '', given] = /^--([a-z-]+)(?:=(.*))?$/.exec(arg) ?? []
    if (!Object.hasOwn(known, name)) throw new Misuse(`${command} has no option ${arg}`)
    if (Object.hasOwn(options, name)) throw new Misuse(`--${name} is there twice`)
    const value = given ?? (rest[0]?.startsWith('-') ? undefined : rest.shift())
    if (value === undefined || value === '') throw new Misuse(`--${name} needs a value: --${name}=${known[name]}`)
    options[name] = value
  }
  return { names, options }
}
