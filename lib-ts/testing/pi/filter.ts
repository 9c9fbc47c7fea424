// Filter expressions: which events of a stream are given. The part of PI's performance equations that compares values.
import type { Event, Held, State } from './archive.js'
import { Refusal, type Call } from './call.js'
import type { Stream } from './model.js'

/** undefined is a bad value: what is made of it is bad too, and passes no filter. */
type Value = Exclude<Held, null> | undefined
type Evaluate = (event: Event) => Value
type Token = { readonly kind: 'number' | 'text' | 'stream' | 'word' | 'sign'; readonly text: string }

const TOKEN =
  /\s*(?:(\d+(?:\.\d+)?(?:e[+-]?\d+)?)|"([^"]*)"|'([^']*)'|([a-z]\w*)|(<>|<=|>=|\.\.|[-+*/^=<>(),]))/iy
const KINDS = ['number', 'text', 'stream', 'word', 'sign'] as const

/** Whether an event passes `filterExpression`; undefined when a request has none. */
export function filterOf(call: Call, stream: Stream): ((event: Event) => boolean) | undefined {
  const text = call.text('filterExpression')
  if (text === undefined || text.trim() === '') return undefined
  const evaluate = new Parser(text, (name) => valueOf(name, call, stream)).whole()
  return (event) => isTrue(evaluate(event))
}

/** What passes; with `includeFilteredValues` the first of each run that does not stands as the state `Filtered`. */
export function filtered(call: Call, stream: Stream, events: readonly Event[]): readonly Event[] {
  const passes = filterOf(call, stream)
  if (passes === undefined) return events
  const marks = call.flag('includeFilteredValues', false)
  let marked = false
  return events.flatMap((event) => {
    if (passes(event)) {
      marked = false
      return [event]
    }
    if (!marks || marked) return []
    marked = true
    return [replaced(event)]
  })
}

// The reference names the state, and no number of it: this one is ours.
const FILTERED: State = { Name: 'Filtered', Value: 309, IsSystem: true }

/** An event that did not pass. */
export function replaced(event: Event): Event {
  return { ...event, value: FILTERED, good: false }
}

/** `'.'` is the stream itself; another name is that of a point, whose value at that time is taken. */
function valueOf(name: string, call: Call, own: Stream): Evaluate {
  const { model } = call
  const isSelf = name === '.' || name.toUpperCase() === own.name.toUpperCase()
  const other = isSelf ? own : (model.pointAt(name) ?? model.streams.get(name.toUpperCase()))
  if (other === undefined) throw wrong(`there is no point '${name}'`)
  return (event) => {
    const { value, good } = other === own ? event : other.archive.at(event.time)
    return value === null || (!good && !isState(value)) ? undefined : value
  }
}

class Parser {
  readonly #tokens: readonly Token[]
  readonly #stream: (name: string) => Evaluate
  #at = 0

  constructor(text: string, stream: (name: string) => Evaluate) {
    this.#tokens = tokensOf(text)
    this.#stream = stream
  }

  whole(): Evaluate {
    const evaluate = this.#or()
    const rest = this.#tokens[this.#at]
    if (rest !== undefined) throw wrong(`'${rest.text}' is not expected there`)
    return evaluate
  }

  /** Whether the next token is one of these; then it is taken. */
  #take(...words: readonly string[]): string | undefined {
    const token = this.#tokens[this.#at]
    if (token === undefined || (token.kind !== 'word' && token.kind !== 'sign')) return undefined
    const word = token.text.toLowerCase()
    if (!words.includes(word)) return undefined
    this.#at++
    return word
  }

  #need(sign: string): void {
    if (this.#take(sign) === undefined) throw wrong(`'${sign}' is missing`)
  }

  #or(): Evaluate {
    let left = this.#and()
    while (this.#take('or') !== undefined) {
      const [a, b] = [left, this.#and()]
      left = (event) => isTrue(a(event)) || isTrue(b(event))
    }
    return left
  }

  #and(): Evaluate {
    let left = this.#not()
    while (this.#take('and') !== undefined) {
      const [a, b] = [left, this.#not()]
      left = (event) => isTrue(a(event)) && isTrue(b(event))
    }
    return left
  }

  #not(): Evaluate {
    if (this.#take('not') === undefined) return this.#comparison()
    const inner = this.#not()
    return (event) => {
      const value = inner(event)
      return value === undefined ? undefined : !isTrue(value)
    }
  }

  #comparison(): Evaluate {
    const left = this.#sum()
    const sign = this.#take('=', '<>', '<', '<=', '>', '>=', 'in')
    if (sign === undefined) return left
    const right = this.#sum()
    if (sign !== 'in') return (event) => compared(sign, left(event), right(event))
    this.#need('..')
    const top = this.#sum()
    return (event) => {
      const value = left(event)
      return compared('>=', value, right(event)) === true && compared('<=', value, top(event)) === true
    }
  }

  #sum(): Evaluate {
    return this.#chain(() => this.#product(), '+', '-')
  }

  #product(): Evaluate {
    return this.#chain(() => this.#sign(), '*', '/', 'mod')
  }

  #chain(operand: () => Evaluate, ...signs: readonly string[]): Evaluate {
    let left = operand()
    for (let sign = this.#take(...signs); sign !== undefined; sign = this.#take(...signs)) {
      const [a, b, work] = [left, operand(), ARITHMETIC[sign] as (a: number, b: number) => number]
      left = (event) => calculated(work, a(event), b(event))
    }
    return left
  }

  #sign(): Evaluate {
    if (this.#take('-') === undefined) return this.#power()
    const inner = this.#sign()
    return (event) => calculated((a) => -a, inner(event))
  }

  #power(): Evaluate {
    const base = this.#operand()
    if (this.#take('^') === undefined) return base
    const exponent = this.#sign()
    return (event) => calculated((a, b) => a ** b, base(event), exponent(event))
  }

  #operand(): Evaluate {
    if (this.#take('(') !== undefined) {
      const inner = this.#or()
      this.#need(')')
      return inner
    }
    const token = this.#tokens[this.#at++]
    if (token === undefined) throw wrong('it ends too early')
    const { kind, text } = token
    if (kind === 'number') return () => Number(text)
    if (kind === 'text') return () => text
    if (kind === 'stream') return this.#stream(text)
    const work = kind === 'word' && this.#take('(') !== undefined ? FUNCTIONS[text.toLowerCase()] : undefined
    if (work === undefined) throw wrong(`'${text}' is not known`)
    const argument = this.#or()
    this.#need(')')
    return (event) => work(argument(event))
  }
}

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  mod: (a, b) => a % b,
}

const numeric =
  (work: (a: number) => number) =>
  (value: Value): Value =>
    calculated(work, value)

const FUNCTIONS: Readonly<Record<string, (value: Value) => Value>> = {
  badval: (value) => value === undefined || (isState(value) && value.IsSystem),
  digtext: (value) => (isState(value) ? value.Name : undefined),
  digstate: (value) => value,
  abs: numeric(Math.abs),
  int: numeric(Math.trunc),
  round: numeric(Math.round),
  sgn: numeric(Math.sign),
  sqr: numeric(Math.sqrt),
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  const end = text.trimEnd().length
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < end) {
    const from = TOKEN.lastIndex
    const found = TOKEN.exec(text)
    if (found === null) throw wrong(`'${text.slice(from).trim()}' cannot be read`)
    const which = KINDS.findIndex((_, i) => found[i + 1] !== undefined)
    tokens.push({ kind: KINDS[which] as Token['kind'], text: found[which + 1] as string })
  }
  return tokens
}

function isState(value: Value | null): value is State {
  return typeof value === 'object' && value !== null
}

function isTrue(value: Value): boolean {
  return value === true || (typeof value === 'number' && value !== 0)
}

/** States are told by their names beside text, and by their numbers beside numbers. */
function compared(sign: string, a: Value, b: Value): boolean | undefined {
  const texts = [textOf(a), textOf(b)] as const
  const numbers = [numberOf(a), numberOf(b)] as const
  const pair = typeof a === 'string' || typeof b === 'string' ? texts : numbers
  const [left, right] = pair
  if (left === undefined || right === undefined) return undefined
  switch (sign) {
    case '=':
      return left === right
    case '<>':
      return left !== right
    case '<':
      return left < right
    case '<=':
      return left <= right
    case '>':
      return left > right
    default:
      return left >= right
  }
}

function calculated(work: (a: number, b: number) => number, a: Value, b: Value = 0): Value {
  const [left, right] = [numberOf(a), numberOf(b)]
  if (left === undefined || right === undefined) return undefined
  const result = work(left, right)
  return Number.isFinite(result) ? result : undefined
}

function numberOf(value: Value): number | undefined {
  if (isState(value)) return value.IsSystem ? undefined : value.Value
  return value === undefined || typeof value === 'string' ? undefined : Number(value)
}

function textOf(value: Value): string | undefined {
  const text = isState(value) ? value.Name : value
  return typeof text === 'string' ? text.toLowerCase() : undefined
}

function wrong(what: string): Refusal {
  return new Refusal(400, `The parameter 'filterExpression' is not an expression: ${what}.`)
}
