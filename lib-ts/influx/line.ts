// Names and values as line protocol has them. What a server would lose or change is refused, with the reason.
import { isWellFormed, quote } from '../input/index.js'
import { argument } from './errors.js'

const CONTROL = /[\u0000-\u001f\u007f]/
const MEASUREMENT_FAULT = /\\[, ="]/
const FIELD_FAULT = /\\[, ="]/
const MOST_CACHED = 10_000

type Kind = 'measurement' | 'tag' | 'field' | 'tag value'

const PLAIN = /^[!"$-+\-./:;<>-[\]-~\u00a0-\ud7ff][!-+\-./:;<>-[\]-~\u00a0-\ud7ff]*$/

function fault(text: string, kind: Kind): string | undefined {
  if (text === '') return 'is empty'
  if (CONTROL.test(text)) return 'holds a control character'
  if (!isWellFormed(text)) return 'holds a lone surrogate'
  if (text.endsWith('\\')) return 'ends with a back-slash'
  if (kind === 'measurement') {
    if (text.startsWith('#')) return 'begins with #, which makes a comment of the line'
    if (MEASUREMENT_FAULT.test(text)) return 'holds a back-slash before a comma, space, = or quote'
  }
  if (kind === 'field' && FIELD_FAULT.test(text))
    return 'holds a back-slash before a comma, space, = or quote'
  if (text === 'time' && (kind === 'field' || kind === 'tag')) return 'is the name of the time'
  return undefined
}

/** Escapes the texts of one kind of place, each once. */
class Escaper {
  readonly #kind: Kind
  readonly #pattern: RegExp
  readonly #known = new Map<string, string>()

  constructor(kind: Kind, pattern: RegExp) {
    this.#kind = kind
    this.#pattern = pattern
  }

  /**
   * The path of what is refused is `place` and `key`; they are joined only then, for most texts are known.
   *
   * @throws InfluxError that names the path
   */
  of(text: string, place: string, key?: string): string {
    return this.#known.get(text) ?? this.#add(text, key === undefined ? place : `${place}.${key}`)
  }

  #add(text: string, path: string): string {
    if (typeof text !== 'string') throw argument(`${path} is ${quote(text)}, not text`, { path })
    let escaped = text
    if (!PLAIN.test(text) || text === 'time') {
      const why = fault(text, this.#kind)
      if (why !== undefined) throw argument(`${path}: the ${this.#kind} ${quote(text)} ${why}`, { path })
      escaped = text.replace(this.#pattern, '\\$&')
    }
    if (this.#known.size >= MOST_CACHED) this.#known.clear()
    this.#known.set(text, escaped)
    return escaped
  }
}

export const measurements = new Escaper('measurement', /[, ]/g)
export const tagKeys = new Escaper('tag', /[, =]/g)
export const fieldKeys = new Escaper('field', /[, =]/g)
export const tagValues = new Escaper('tag value', /[, =]/g)

/** Whether a measurement, as text of a name that is also an id, can be stored. */
export function nameFault(text: string, kind: Kind): string | undefined {
  return fault(text, kind)
}

/** A finite number as text. */
export function floatField(x: number): string {
  return x === 0 ? (Object.is(x, -0) ? '-0' : '0') : String(x)
}

const INT_MAX = 9_223_372_036_854_775_807n
const INT_MIN = -9_223_372_036_854_775_808n

/** @throws InfluxError that names the path */
export function checkInt(x: bigint, place: string, key?: string): void {
  const near = Number(x)
  if ((near < 9.2e18 && near > -9.2e18) || (x <= INT_MAX && x >= INT_MIN)) return
  const path = key === undefined ? place : `${place}.${key}`
  throw argument(`${path} is ${quote(x)}, which 64 bits cannot hold`, { path })
}
