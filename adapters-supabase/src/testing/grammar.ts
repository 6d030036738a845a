import { unparsed } from './refusal.ts'

/** A filter as PostgREST understands it (its docs, "Horizontal filtering" and "Logical operators"). */
export type Condition =
  | { readonly join: 'and' | 'or'; readonly parts: readonly Condition[]; readonly not: boolean }
  | {
      readonly column: string
      readonly operator: Operator
      /** Several for `in`. */
      readonly values: readonly string[]
      readonly not: boolean
    }

const operators = ['eq', 'neq', 'gt', 'gte', 'lt', 'lte', 'is', 'in', 'like', 'match'] as const
/** The operators this double knows. */
type Operator = (typeof operators)[number]

const isOperator = (word: string): word is Operator => (operators as readonly string[]).includes(word)

/**
 * Reads one filter list from its text; quotes are escaped by `\`, and nothing but quotes protects a comma. As PostgREST's, it
 * does not look at what follows the list.
 */
class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  group(join: 'and' | 'or', not: boolean): Condition {
    this.#blanks()
    this.#take('(')
    const parts = [this.#part()]
    while (this.#has(',')) parts.push(this.#part())
    this.#take(')')
    this.#blanks()
    return { join, parts, not }
  }

  list(): readonly string[] {
    this.#take('(')
    if (this.#has(')')) return []
    const values = [this.#value()]
    while (this.#has(',')) values.push(this.#value())
    this.#take(')')
    return values
  }

  #part(): Condition {
    this.#blanks()
    const nested = /^(not\.)?(and|or)(?=[ \t]*\()/.exec(this.#rest())
    if (nested) {
      this.#at += nested[0].length
      return this.group(nested[2] as 'and' | 'or', nested[1] !== undefined)
    }
    const column = this.#quoted() ?? this.#until(/[.,()]/).trimEnd()
    this.#blanks()
    this.#take('.')
    const not = this.#has('not.')
    const operator = this.#until(/[.,()]/)
    this.#take('.')
    if (!isOperator(operator) || column === '') throw this.#wrong()
    return { column, operator, not, values: operator === 'in' ? this.list() : [this.#value()] }
  }

  /** A quote that does not end with the value is a mark like any other. */
  #value(): string {
    const before = this.#at
    const value = this.#quoted()
    if (value !== undefined && /^([,)]|$)/.test(this.#rest())) return value
    this.#at = before
    return this.#until(/[,)]/)
  }

  /** `undefined`: no quoted text begins here. */
  #quoted(): string | undefined {
    const found = /^"((?:[^"\\]|\\[\s\S])*)"/.exec(this.#rest())
    this.#at += found?.[0].length ?? 0
    return found?.[1]?.replace(/\\([\s\S])/g, '$1')
  }

  #blanks(): void {
    this.#at += /^[ \t]*/.exec(this.#rest())?.[0].length ?? 0
  }

  #until(stop: RegExp): string {
    const rest = this.#rest()
    const length = rest.search(stop)
    const text = length < 0 ? rest : rest.slice(0, length)
    this.#at += text.length
    return text
  }

  #rest(): string {
    return this.#text.slice(this.#at)
  }

  #has(text: string): boolean {
    const found = this.#rest().startsWith(text)
    if (found) this.#at += text.length
    return found
  }

  #take(text: string): void {
    if (!this.#has(text)) throw this.#wrong()
  }

  #wrong(): Error {
    return unparsed('logic tree', this.#text)
  }
}

/** The value of `or=` or `and=`, or of their negations. @throws Refusal `PGRST100` */
export function parseLogic(key: string, text: string): Condition {
  const reader = new Reader(text)
  const not = key.startsWith('not.')
  return reader.group((not ? key.slice(4) : key) as 'and' | 'or', not)
}

/** The value of `<column>=`: here all that follows the operator is the value, quotes and commas too. @throws Refusal `PGRST100` */
export function parseFilter(column: string, text: string): Condition {
  const not = text.startsWith('not.')
  const rest = not ? text.slice(4) : text
  const dot = rest.indexOf('.')
  const operator = rest.slice(0, dot)
  if (dot < 0 || !isOperator(operator)) throw unparsed('filter', text)
  const value = rest.slice(dot + 1)
  if (operator !== 'in') return { column, operator, values: [value], not }
  return { column, operator, values: new Reader(value).list(), not }
}
