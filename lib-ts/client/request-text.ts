import { quote } from '../input/index.js'
import { InvalidArgumentError } from '../errors.js'

/** What the text form of a request sets. */
export interface RequestTarget {
  field(path: string): unknown
  record(key: string, value: string): unknown
}

interface Token {
  /** The character itself, `name`, or `end`. */
  readonly kind: string
  readonly text: string
  readonly at: number
}

const TOKEN = /[ \t\r\n]*(?:([A-Za-z0-9_.%+-]+)|([()[\],=]))/y

/**
 * Reads the text form: `field(a,b.c)`, `record[k=v,…]` and bare names, in any order. Commas may trail, and may stand
 * between bare names.
 */
export function parseRequest(text: string, target: RequestTarget): void {
  if (typeof text !== 'string') throw new InvalidArgumentError(`a request is text, not ${quote(text)}`)
  new Parser(text, target).parse()
}

class Parser {
  readonly #text: string
  readonly #target: RequestTarget
  #token: Token

  constructor(text: string, target: RequestTarget) {
    this.#text = text
    this.#target = target
    this.#token = this.#scan(0)
  }

  parse(): void {
    let entries = 0
    while (this.#token.kind !== 'end') {
      if (this.#token.kind === ',' && entries > 0) {
        this.#advance()
        continue
      }
      entries++
      const name = this.#expect('name', 'field(…), record[…] or a name')
      if (name.text === 'field') this.#fields()
      else if (name.text === 'record') this.#options()
      else this.#field(name)
    }
  }

  #fields(): void {
    this.#expect('(', '( after field')
    while (this.#token.kind !== ')') {
      if (this.#token.kind === ',') this.#advance()
      else this.#field(this.#expect('name', 'a field, or )'))
    }
    this.#advance()
  }

  #options(): void {
    this.#expect('[', '[ after record')
    while (this.#token.kind !== ']') {
      const key = this.#expect('name', 'an option, or ]')
      this.#expect('=', '=')
      const value = this.#expect('name', 'a value')
      this.#at(key, () => this.#target.record(key.text, value.text))
      if (this.#token.kind === ',') this.#advance()
      else if (this.#token.kind !== ']') throw this.#fault(', or ]')
    }
    this.#advance()
  }

  #field(name: Token): void {
    this.#at(name, () => this.#target.field(name.text))
  }

  #at(token: Token, set: () => unknown): void {
    try {
      set()
    } catch (cause) {
      if (!(cause instanceof InvalidArgumentError)) throw cause
      throw new InvalidArgumentError(`${this.#place(token)}: ${cause.message}`, { cause })
    }
  }

  #expect(kind: string, wanted: string): Token {
    const token = this.#token
    if (token.kind !== kind) throw this.#fault(wanted)
    this.#advance()
    return token
  }

  #advance(): void {
    this.#token = this.#scan(this.#token.at + this.#token.text.length)
  }

  #scan(from: number): Token {
    TOKEN.lastIndex = from
    const match = TOKEN.exec(this.#text)
    if (match === null) {
      const rest = this.#text.slice(from)
      const at = from + rest.length - rest.trimStart().length
      if (at === this.#text.length) return { kind: 'end', text: '', at }
      throw this.#fault('a name or one of ( ) [ ] , =', { kind: 'other', text: this.#text.charAt(at), at })
    }
    const text = match[1] ?? match[2] ?? ''
    return { kind: match[1] === undefined ? text : 'name', text, at: TOKEN.lastIndex - text.length }
  }

  #fault(wanted: string, token = this.#token): InvalidArgumentError {
    const found = token.kind === 'end' ? 'the text ends' : `there is ${quote(token.text)}`
    return new InvalidArgumentError(`${this.#place(token)}: ${wanted} expected, but ${found}`)
  }

  #place(token: Token): string {
    return `request ${quote(this.#text)}, character ${token.at + 1}`
  }
}
