// SELECT, as far as clients send it.
import { refuse } from '../store/refusal.js'
import { syntaxError, tokens, type Token } from './lexer.js'

export type Expression =
  | { readonly kind: 'value'; readonly value: string | number | boolean | null }
  | { readonly kind: 'parameter'; readonly index: number }
  | { readonly kind: 'column'; readonly name: string }
  | { readonly kind: 'cast'; readonly of: Expression; readonly type: string }
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'binary'; readonly sign: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'in'; readonly of: Expression; readonly list: readonly Expression[] }
  | { readonly kind: 'null'; readonly of: Expression }
  | {
      readonly kind: 'call'
      readonly name: string
      readonly of: Expression | '*'
      readonly distinct: boolean
    }

export interface Item {
  /** All columns. */
  readonly of: Expression | '*'
  readonly as: string
}

export interface Order {
  readonly by: Expression
  readonly descending: boolean
  readonly nullsFirst: boolean
}

export interface Select {
  readonly distinct: boolean
  readonly items: readonly Item[]
  readonly table: string
  readonly where: Expression | undefined
  readonly order: readonly Order[]
  readonly limit: Expression | undefined
  readonly offset: Expression | undefined
}

const comparisons = ['=', '<>', '!=', '<', '>', '<=', '>=']
/** Words that end an expression, so that none of them is taken for an alias. */
const reserved = ['from', 'where', 'order', 'limit', 'offset', 'group', 'having', 'union', 'join', 'as', 'on']
const functions = ['count', 'min', 'max', 'skeys', 'svals', 'lower', 'upper']

export function parse(query: string): Select {
  return new Parser(tokens(query)).select()
}

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0
  #alias = ''
  #table = ''

  constructor(all: readonly Token[]) {
    this.#tokens = all
  }

  select(): Select {
    if (!this.#word('select')) refuse('sql', 'only SELECT is allowed')
    const distinct = this.#word('distinct')
    if (!distinct) this.#word('all')
    const items = this.#list(() => this.#item())
    this.#expect('from')
    this.#table = this.#identifier()
    const named = this.#word('as')
    if (named || this.#isAlias()) this.#alias = this.#identifier()
    const where = this.#word('where') ? this.#or() : undefined
    const order = this.#pair('order', 'by') ? this.#list(() => this.#order()) : []
    let limit: Expression | undefined
    let offset: Expression | undefined
    for (;;) {
      if (limit === undefined && this.#word('limit')) limit = this.#primary()
      else if (offset === undefined && this.#word('offset')) offset = this.#primary()
      else break
    }
    this.#sign(';')
    if (this.#next.kind !== 'end') syntaxError(this.#next.text)
    for (const item of items) this.#checkNames(item.of)
    return { distinct, items, table: this.#table, where, order, limit, offset }
  }

  #item(): Item {
    if (this.#sign('*')) return { of: '*', as: '*' }
    const of = this.#or()
    const named = this.#word('as')
    return { of, as: named || this.#isAlias() ? this.#identifier() : nameOf(of) }
  }

  #order(): Order {
    const by = this.#or()
    const descending = this.#word('desc')
    if (!descending) this.#word('asc')
    if (!this.#word('nulls')) return { by, descending, nullsFirst: descending }
    const nullsFirst = this.#word('first')
    if (!nullsFirst) this.#expect('last')
    return { by, descending, nullsFirst }
  }

  #or(): Expression {
    let left = this.#and()
    while (this.#word('or')) left = { kind: 'binary', sign: 'or', left, right: this.#and() }
    return left
  }

  #and(): Expression {
    let left = this.#not()
    while (this.#word('and')) left = { kind: 'binary', sign: 'and', left, right: this.#not() }
    return left
  }

  #not(): Expression {
    return this.#word('not') ? { kind: 'not', of: this.#not() } : this.#comparison()
  }

  #comparison(): Expression {
    const left = this.#operand()
    const sign = comparisons.find((one) => this.#sign(one))
    if (sign !== undefined)
      return { kind: 'binary', sign: sign === '!=' ? '<>' : sign, left, right: this.#operand() }
    if (this.#word('is')) {
      const negated = this.#word('not')
      this.#expect('null')
      return opposite({ kind: 'null', of: left }, negated)
    }
    const negated = this.#word('not')
    for (const like of ['like', 'ilike'])
      if (this.#word(like))
        return opposite({ kind: 'binary', sign: like, left, right: this.#operand() }, negated)
    if (this.#word('in')) {
      this.#expect('(')
      const list = this.#list(() => this.#or())
      this.#expect(')')
      return opposite({ kind: 'in', of: left, list }, negated)
    }
    if (this.#word('between')) return opposite(this.#between(left), negated)
    return negated ? syntaxError(this.#next.text) : left
  }

  #between(of: Expression): Expression {
    const low = this.#operand()
    this.#expect('and')
    const from: Expression = { kind: 'binary', sign: '>=', left: of, right: low }
    const to: Expression = { kind: 'binary', sign: '<=', left: of, right: this.#operand() }
    return { kind: 'binary', sign: 'and', left: from, right: to }
  }

  #operand(): Expression {
    let left = this.#primary()
    for (;;) {
      if (this.#sign('->') || this.#sign('->>'))
        left = { kind: 'binary', sign: '->', left, right: this.#primary() }
      else if (this.#sign('||')) left = { kind: 'binary', sign: '||', left, right: this.#primary() }
      else if (this.#sign('?')) left = { kind: 'binary', sign: '?', left, right: this.#primary() }
      else return left
    }
  }

  #primary(): Expression {
    let of = this.#atom()
    while (this.#sign('::')) {
      const type = this.#identifier()
      // Two words make one type.
      if (type === 'double') this.#expect('precision')
      if (type === 'character') this.#word('varying')
      of = { kind: 'cast', of, type }
    }
    return of
  }

  #atom(): Expression {
    if (this.#sign('(')) {
      const inner = this.#or()
      this.#expect(')')
      return inner
    }
    if (this.#sign('-')) return { kind: 'value', value: -Number(this.#take('number')) }
    const { kind, text } = this.#next
    if (kind === 'number') return { kind: 'value', value: Number(this.#take('number')) }
    if (kind === 'text') return { kind: 'value', value: this.#take('text') }
    if (kind === 'parameter') return { kind: 'parameter', index: Number(this.#take('parameter')) }
    if (kind === 'word' && ['true', 'false', 'null'].includes(text)) {
      this.#at++
      return { kind: 'value', value: text === 'null' ? null : text === 'true' }
    }
    if (kind === 'word' && this.#tokens[this.#at + 1]?.text === '(') return this.#call()
    if (kind === 'word' && reserved.includes(text)) return syntaxError(text)
    return this.#column()
  }

  #call(): Expression {
    const name = this.#identifier()
    if (!functions.includes(name)) refuse('sql', `function ${name} does not exist`)
    this.#expect('(')
    if (this.#sign('*')) {
      this.#expect(')')
      return { kind: 'call', name, of: '*', distinct: false }
    }
    const distinct = this.#word('distinct')
    const of = this.#or()
    this.#expect(')')
    return { kind: 'call', name, of, distinct }
  }

  #column(): Expression {
    const first = this.#identifier()
    return { kind: 'column', name: this.#sign('.') ? `${first}.${this.#identifier()}` : first }
  }

  /** Takes the name of the table off the names of its columns. */
  #checkNames(of: Expression | '*'): void {
    if (of !== '*' && of.kind === 'column' && of.name.includes('.')) {
      const [table] = of.name.split('.')
      if (table !== this.#table && table !== this.#alias)
        refuse('sql', `missing FROM-clause entry for table "${table}"`)
    }
  }

  #list<T>(one: () => T): T[] {
    const all = [one()]
    while (this.#sign(',')) all.push(one())
    return all
  }

  get #next(): Token {
    return this.#tokens[this.#at] as Token
  }

  #isAlias(): boolean {
    const { kind, text } = this.#next
    return kind === 'name' || (kind === 'word' && !reserved.includes(text))
  }

  #identifier(): string {
    const { kind, text } = this.#next
    if (kind !== 'word' && kind !== 'name') return syntaxError(text)
    this.#at++
    return text
  }

  #take(kind: Token['kind']): string {
    const { kind: there, text } = this.#next
    if (there !== kind) return syntaxError(text)
    this.#at++
    return text
  }

  #word(text: string): boolean {
    return this.#skip('word', text)
  }

  #sign(text: string): boolean {
    return this.#skip('sign', text)
  }

  #skip(kind: Token['kind'], text: string): boolean {
    if (this.#next.kind !== kind || this.#next.text !== text) return false
    this.#at++
    return true
  }

  #pair(first: string, second: string): boolean {
    if (!this.#word(first)) return false
    this.#expect(second)
    return true
  }

  #expect(text: string): void {
    if (!this.#word(text) && !this.#sign(text)) syntaxError(this.#next.text)
  }
}

const opposite = (of: Expression, negated: boolean): Expression => (negated ? { kind: 'not', of } : of)

/** What a column of the result is called when nobody says it. */
function nameOf(of: Expression): string {
  if (of.kind === 'column') return of.name.split('.').at(-1) as string
  if (of.kind === 'call') return of.name
  if (of.kind !== 'cast') return '?column?'
  const inner = nameOf(of.of)
  return inner === '?column?' ? of.type : inner
}
