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

/** Reads one filter list from its text; quotes are escaped by `\`, and nothing but quotes protects a comma. */
class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  group(join: 'and' | 'or', not: boolean): Condition {
    this.#take('(')
    const parts = [this.#part()]
    while (this.#has(',')) parts.push(this.#part())
    this.#take(')')
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

  end(): void {
    if (this.#at < this.#text.length) throw this.#wrong()
  }

  #part(): Condition {
    const nested = /^(not\.)?(and|or)(?=\()/.exec(this.#rest())
    if (nested) {
      this.#at += nested[0].length
      return this.group(nested[2] as 'and' | 'or', nested[1] !== undefined)
    }
    const column = this.#rest().startsWith('"') ? this.#quoted() : this.#until(/[.,()]/)
    this.#take('.')
    const not = this.#has('not.')
    const operator = this.#until(/[.,()]/)
    this.#take('.')
    if (!isOperator(operator) || column === '') throw this.#wrong()
    return { column, operator, not, values: operator === 'in' ? this.list() : [this.#value()] }
  }

  #value(): string {
    if (!this.#rest().startsWith('"')) return this.#until(/[,)]/)
    const value = this.#quoted()
    if (!/^[,)]/.test(this.#rest())) throw this.#wrong()
    return value
  }

  #quoted(): string {
    const found = /^"((?:[^"\\]|\\[\s\S])*)"/.exec(this.#rest())
    if (!found) throw this.#wrong()
    this.#at += found[0].length
    return (found[1] as string).replace(/\\([\s\S])/g, '$1')
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
  const group = reader.group((not ? key.slice(4) : key) as 'and' | 'or', not)
  reader.end()
  return group
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
  const reader = new Reader(value)
  const values = reader.list()
  reader.end()
  return { column, operator, values, not }
}
