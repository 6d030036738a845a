import { maxDepth } from '../model/value.ts'

/** Parts of names whose values are never shown, whatever the app says. */
const always: readonly string[] = [
  'token',
  'secret',
  'passw',
  'authorization',
  'cookie',
  'credential',
  'apikey',
  'privatekey',
]

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '')

/** The values of the fields that may be shown, as data for a log. `ids`: whether the id of a record may be. */
export interface Redactor {
  values(record: object): Readonly<Record<string, unknown>>
  readonly ids: boolean
}

/** `show` names the fields whose values may be seen; `redact` those that may not, at any depth, and it wins. */
export function redactorOf(show: readonly string[] | 'all', redact: readonly string[]): Redactor {
  const hidden = redact.map(plain)
  const isHidden = (name: string): boolean =>
    hidden.includes(plain(name)) || always.some((part) => plain(name).includes(part))
  const clean = (value: unknown, depth: number): unknown => {
    if (typeof value !== 'object' || value === null) return value
    if (depth >= maxDepth) return '[deep]'
    if (Array.isArray(value)) return value.map((one) => clean(one, depth + 1))
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, isHidden(name) ? '[redacted]' : clean(inner, depth + 1)]),
    )
  }
  const isShown = (name: string): boolean => show === 'all' || show.includes(name)
  return {
    ids: isShown('id') && !isHidden('id'),
    values: (record) =>
      clean(Object.fromEntries(Object.entries(record).filter(([name]) => isShown(name))), 0) as Record<string, unknown>,
  }
}
