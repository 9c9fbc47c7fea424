// Definitions of PVs to be served: NAME[=TYPE][=VALUE] [key=word…].
import { didYouMean, quote } from '../input/index.js'
import { UsageError } from './declare.js'
import { checkedName } from './names.js'
import { interval, integer } from './readers.js'
import { BadType, kindOfWord, kindWith, unknownType, type Kind } from './serving/kinds.js'

/** The words of records, and of simulations. */
export interface Words {
  readonly egu?: string
  readonly desc?: string
  readonly prec?: number
  readonly lopr?: number
  readonly hopr?: number
  readonly drvl?: number
  readonly drvh?: number
  readonly lolo?: number
  readonly low?: number
  readonly high?: number
  readonly hihi?: number
  readonly readonly?: boolean
  readonly sim?: string
  /** ms */
  readonly period?: number
  /** Hz */
  readonly rate?: number
  readonly amp?: number
  readonly offset?: number
  readonly size?: number
  readonly seed?: number
}

export interface Definition {
  readonly name: string
  /** undefined when nothing is said, neither a type nor a value. */
  readonly kind: Kind | undefined
  /** The text of the first value. */
  readonly text: string | undefined
  readonly words: Words
  /** How an error names it. */
  readonly where: string
}

type Read = (text: string, what: string) => unknown

const words = (text: string): string => text
const MOST_RATE = 1_000

const KEYS: Readonly<Record<keyof Words, Read>> = {
  egu: words,
  desc: words,
  prec: integer(0, 17),
  lopr: number,
  hopr: number,
  drvl: number,
  drvh: number,
  lolo: number,
  low: number,
  high: number,
  hihi: number,
  readonly: truth,
  sim: words,
  period: interval,
  rate: hertz,
  amp: number,
  offset: number,
  size: integer(1, 10_000_000),
  seed: integer(0, 0xffff_ffff),
}

export const keyNames = Object.keys(KEYS)

export function number(text: string, what: string): number {
  const found = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN
  if (!Number.isFinite(found)) throw new UsageError(`${what}: ${quote(text)} is not a number`)
  return found
}

/** Steps per second. */
export function hertz(text: string, what: string): number {
  const found = number(text, what)
  if (found > 0 && found <= MOST_RATE) return found
  throw new UsageError(`${what}: ${quote(text)} is not a rate above 0 and up to ${MOST_RATE} Hz`)
}

function truth(text: string, what: string): boolean {
  const found = { '': true, true: true, yes: true, '1': true, false: false, no: false, '0': false }[text]
  if (found === undefined) throw new UsageError(`${what}: ${quote(text)} is not yes or no`)
  return found
}

/**
 * Reads one definition.
 *
 * @throws UsageError with the column and the reason
 */
export function definitionOf(text: string, where: string): Definition {
  return new Cursor(text, where).definition()
}

/** The definitions in a file: one per line, # begins a comment. */
export function definitionsIn(text: string, file: string): Definition[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const bare = withoutComment(line).trimEnd()
    return bare.trim() === '' ? [] : [definitionOf(bare, `${file}:${index + 1}`)]
  })
}

// A # begins a comment at the start and after a blank, where it does not stand in quotes.
function withoutComment(line: string): string {
  const [, kept = ''] = /^((?:"(?:[^"\\]|\\.)*"|(?!(?:^|(?<=\s))#).)*)/su.exec(line) ?? []
  return kept
}

const CLOSING: Readonly<Record<string, string>> = { '[': ']', '{': '}', '(': ')' }

/** Reads a definition from left to right. */
class Cursor {
  readonly #text: string
  readonly #where: string
  #at = 0

  constructor(text: string, where: string) {
    this.#text = text
    this.#where = where
  }

  definition(): Definition {
    this.#skipBlanks()
    const start = this.#at
    const name = this.#peek() === '"' ? this.#quoted() : this.#upTo(/[\s=]/)
    if (name === '') throw this.#wrong(start, 'the name of the PV is missing')
    const checked = this.#checked(start, () => checkedName(name))
    const { kind, text } = this.#isNext('=') ? this.#typeAndValue() : { kind: undefined, text: undefined }
    const found: Record<string, unknown> = {}
    while (this.#hasMore()) this.#word(found)
    return { name: checked, kind, text, words: found, where: this.#where }
  }

  #typeAndValue(): { kind: Kind | undefined; text: string | undefined } {
    const start = this.#at
    const rest = this.#text.slice(start)
    const [with_, compound] = /^(enum|table|image)\(/.exec(rest) ?? []
    let kind: Kind | undefined
    if (with_ !== undefined && compound !== undefined) {
      this.#at += compound.length
      const inside = this.#bracketed().slice(1, -1)
      kind = this.#typed(start, () => kindWith(compound, inside))
      if (!this.#isNext('=')) return { kind, text: undefined }
    } else {
      const [word] = /^[A-Za-z]\w*(?:\[\])?(?=[=\s]|$)/.exec(rest) ?? []
      kind = word === undefined ? undefined : kindOfWord(word)
      if (word !== undefined && kind !== undefined) {
        this.#at += word.length
        if (!this.#isNext('=')) return { kind, text: undefined }
      } else if (word !== undefined && rest[word.length] === '=') {
        throw this.#wrong(start, unknownType(word).message)
      }
    }
    const isText = this.#peek() === '"'
    const text = this.#value()
    return { kind: kind ?? inferred(text, isText), text }
  }

  /** A value: text in quotes, JSON in brackets, or all up to a blank. */
  #value(): string {
    const next = this.#peek()
    if (next === '"') return this.#quoted()
    return next === '[' || next === '{' ? this.#bracketed() : this.#upTo(/\s/)
  }

  #word(found: Record<string, unknown>): void {
    const start = this.#at
    const key = this.#upTo(/[\s=]/)
    const isKey = Object.hasOwn(KEYS, key)
    if (!isKey) {
      const hint = didYouMean(key, keyNames)
      throw this.#wrong(
        start,
        `${quote(key)} is not a key${hint} (${keyNames.join(', ')})${hint === '' ? '; a value with blanks stands in quotes' : ''}`,
      )
    }
    if (Object.hasOwn(found, key)) throw this.#wrong(start, `${key} is there twice`)
    const valued = this.#isNext('=')
    if (!valued && key !== 'readonly') throw this.#wrong(start, `${key} has no value: ${key}=…`)
    const text = valued ? this.#value() : ''
    found[key] = this.#checked(start, () => KEYS[key as keyof Words](text, key))
  }

  #quoted(): string {
    const start = this.#at
    const [all] = /^"(?:[^"\\]|\\.)*"/su.exec(this.#text.slice(start)) ?? []
    if (all === undefined) throw this.#wrong(start, 'a quotation mark has no second one')
    this.#at += all.length
    this.#ends(/[\s=]/)
    try {
      return JSON.parse(all) as string
    } catch {
      throw this.#wrong(start, `${quote(all)} is not text as JSON has it`)
    }
  }

  /** From an opening bracket to the one that closes it; both are part of it. */
  #bracketed(): string {
    const start = this.#at
    const open: string[] = []
    const pattern = /"(?:[^"\\]|\\.)*"|[[\]{}()]/gsu
    pattern.lastIndex = start
    for (let match = pattern.exec(this.#text); match !== null; match = pattern.exec(this.#text)) {
      const [token] = match
      const closing = CLOSING[token]
      if (closing !== undefined) open.push(closing)
      else if (!token.startsWith('"') && open.pop() !== token) break
      if (open.length > 0) continue
      this.#at = pattern.lastIndex
      this.#ends(/[\s=]/)
      return this.#text.slice(start, this.#at)
    }
    throw this.#wrong(
      start,
      `${this.#text[start] ?? ''} is not closed; text that begins with it stands in quotes`,
    )
  }

  #ends(after: RegExp): void {
    const next = this.#peek()
    if (next !== undefined && !after.test(next))
      throw this.#wrong(this.#at, `${quote(next)} is not expected here: a blank is`)
  }

  /** Skips blanks; false at the end. */
  #hasMore(): boolean {
    const before = this.#at
    this.#skipBlanks()
    if (this.#at === this.#text.length) return false
    if (this.#at === before)
      throw this.#wrong(before, `${quote(this.#peek())} is not expected here: a blank is`)
    return true
  }

  #skipBlanks(): void {
    while (/\s/.test(this.#peek() ?? '')) this.#at++
  }

  #peek(): string | undefined {
    return this.#text[this.#at]
  }

  #isNext(character: string): boolean {
    if (this.#peek() !== character) return false
    this.#at++
    return true
  }

  #upTo(end: RegExp): string {
    const rest = this.#text.slice(this.#at)
    const length = rest.search(end)
    const taken = length < 0 ? rest : rest.slice(0, length)
    this.#at += taken.length
    return taken
  }

  #typed(start: number, make: () => Kind): Kind {
    try {
      return make()
    } catch (error) {
      throw error instanceof BadType ? this.#wrong(start, error.message) : error
    }
  }

  #checked<T>(start: number, read: () => T): T {
    try {
      return read()
    } catch (error) {
      throw error instanceof UsageError ? this.#wrong(start, error.message) : error
    }
  }

  #wrong(at: number, reason: string): UsageError {
    return new UsageError(`${this.#where}: column ${at + 1}: ${reason}`)
  }
}

const NUMBER = /^([+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?0x[0-9a-f]+|[+-]?inf(inity)?|nan)$/i

/** The type of a value of which nothing else is said. */
function inferred(text: string, isText: boolean): Kind {
  if (isText) return { kind: 'scalar', code: 'string' }
  if (NUMBER.test(text)) return { kind: 'scalar', code: 'float64' }
  if (text === 'true' || text === 'false') return { kind: 'scalar', code: 'bool' }
  if (text.startsWith('[')) return inferredList(text)
  return { kind: 'scalar', code: 'string' }
}

function inferredList(text: string): Kind {
  let list: unknown
  try {
    list = JSON.parse(text)
  } catch {
    return { kind: 'scalar', code: 'string' }
  }
  const all = (type: string): boolean => Array.isArray(list) && list.every((item) => typeof item === type)
  if (all('number')) return { kind: 'array', code: 'float64' }
  if (all('string')) return { kind: 'array', code: 'string' }
  return all('boolean') ? { kind: 'array', code: 'bool' } : { kind: 'scalar', code: 'string' }
}
