// One PV of a put: what it holds, what it is to be given, and what became of it.
import type { Context, PutOptions } from '../index.js'
import type { MutableValue, TypeDef, Value } from '../data/index.js'
import { TimeoutError } from '../errors.js'
import { escapeLine } from '../input/index.js'
import { assign, at, dependsOnPresent, typeAt, type Written } from './assign.js'
import type { Assignment } from './assignments.js'
import type { CommandContext } from './context.js'
import { shortText, type Short } from './output/line.js'
import { shortest } from './output/numbers.js'

const SHORT: Short = { number: shortest, items: 20 }

const WHOLE: Short = { number: shortest, items: Infinity }

export class PutTarget {
  readonly name: string
  readonly #assignment: Assignment
  readonly #context: CommandContext
  readonly #ctx: Context
  readonly #start = performance.now()
  #old: Value | undefined
  #made: MutableValue | undefined
  #written: readonly Written[] = []

  constructor(context: CommandContext, ctx: Context, assignment: Assignment) {
    this.name = assignment.name
    this.#assignment = assignment
    this.#context = context
    this.#ctx = ctx
  }

  /** Asks the server for the type, and makes the value. `old`: what the PV holds is wanted too. */
  async prepare(old: boolean): Promise<void> {
    const { timeout } = this.#context
    const type = await this.#ctx.info(this.name, { ...this.#call(), timeout })
    const { fields } = this.#assignment
    if (old || fields.some(({ path }) => dependsOnPresent(typeAt(type, path) ?? type)))
      this.#old = await this.#ctx.get(this.name, this.#call())
    const made = this.#old === undefined ? type.create() : this.#old.$clone().$unmark()
    this.#written = fields.flatMap((field) => assign(made, this.name, field))
    this.#made = made
  }

  async send(options: PutOptions): Promise<void> {
    if (this.#made === undefined) return
    await this.#ctx.put(this.name, this.#made, { ...options, ...this.#call(performance.now()) })
  }

  /** What the PV holds now. */
  read(): Promise<Value> {
    return this.#ctx.get(this.name, this.#call(performance.now()))
  }

  /** `NAME.FIELD: OLD -> NEW` for each field that is written; NEW is what is to be, or what is. */
  changes(now?: Value): string {
    return this.#written
      .map(({ path, type }) => {
        const head = path === '' ? this.name : `${this.name}.${path}`
        const show = (value: Value | MutableValue | undefined): string =>
          value === undefined ? '?' : shown(type, at(value, path), SHORT)
        return `${escapeLine(head)}: ${show(this.#old)} -> ${show(now ?? this.#made)}\n`
      })
      .join('')
  }

  /** The fields that hold something else than what was written, as sentences. */
  differences(now: Value): string[] {
    return this.#written.flatMap(({ path, type }) => {
      const [wanted, is] = [this.#made, now].map((value) => value && at(value, path))
      if (shown(type, wanted, WHOLE) === shown(type, is, WHOLE)) return []
      const there = `${path}: ${shown(type, wanted, SHORT)} was written, and ${shown(type, is, SHORT)} is there`
      return [there + (path === 'value' ? limitIn(now, is) : '')]
    })
  }

  /** What a call is made with: the time that this PV has left, counted from `start`. */
  #call(start = this.#start): { timeout: number; signal: AbortSignal; server?: string } {
    const { timeout, signal, target } = this.#context
    const left = timeout - (performance.now() - start)
    if (left <= 0) throw new TimeoutError(`the time ran out after ${timeout / 1_000} s`)
    return { ...target, timeout: Math.ceil(left), signal }
  }
}

/** The limit of writing that a value was held to, as a part of a sentence; '' when it is at none. */
function limitIn(now: Value, is: unknown): string {
  const limit = ['control.limitLow', 'control.limitHigh'].find(
    (path) => now.$has(path) && now.$get(path) === is,
  )
  const [low, high] = [at(now, 'control.limitLow'), at(now, 'control.limitHigh')]
  return limit === undefined || low === high ? '' : `, its ${limit}`
}

// A member of a union that is not selected is not there.
function shown(type: TypeDef, x: unknown, how: Short): string {
  return x === undefined ? 'null' : shortText(type, x, how)
}
