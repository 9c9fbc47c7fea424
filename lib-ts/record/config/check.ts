// Whether a value has the shape that is wanted: all faults of it, not the first.
import { didYouMean, isPlainObject, isWellFormed, quote } from '../../input/index.js'
import type { Alternatives, ObjectShape, Shape } from './shape-kinds.js'

/** Where a fault is, as the keys that lead there, and what it is. */
export interface Fault {
  readonly path: readonly (string | number)[]
  readonly message: string
  /** Whether the key is meant and not its value. */
  readonly ofKey?: boolean
}

type Path = Fault['path']

const SECRET = /token|password|passphrase|secret|apikey|^key$|^pass$|seed/i

/** Whether a value under this key is never shown. */
export function isSecret(key: string | number | undefined): boolean {
  return typeof key === 'string' && SECRET.test(key)
}

/** The faults of a value. `hidden` says whether the value at a path must not be shown. */
export function faultsOf(shape: Shape, value: unknown, hidden: (path: Path) => boolean): Fault[] {
  const faults: Fault[] = []
  new Checker(faults, hidden).check(shape, value, [])
  return faults
}

class Checker {
  readonly #faults: Fault[]
  readonly #hidden: (path: Path) => boolean

  constructor(faults: Fault[], hidden: (path: Path) => boolean) {
    this.#faults = faults
    this.#hidden = hidden
  }

  check(shape: Shape, value: unknown, path: Path): void {
    switch (shape.kind) {
      case 'text':
        this.#text(shape, value, path)
        break
      case 'number':
        this.#number(shape, value, path)
        break
      case 'flag':
        if (typeof value !== 'boolean') this.#wanted('true or false', value, path)
        break
      case 'word':
        this.#word(shape.words, value, path)
        break
      case 'list':
        if (!Array.isArray(value)) this.#wanted('a list', value, path)
        else for (const [i, item] of value.entries()) this.check(shape.of, item, [...path, i])
        break
      case 'object':
        this.#object(shape, value, path)
        break
      case 'map':
        this.#map(shape, value, path)
        break
      case 'either':
        this.#either(shape.of, value, path)
        break
      case 'variants':
        this.#variants(shape.of, value, path)
        break
    }
  }

  #wanted(wanted: string, value: unknown, path: Path): void {
    const shown = this.#hidden(path) || isSecret(path.at(-1)) ? '' : `, not ${quote(value)}`
    this.#faults.push({ path, message: `${said(path)} is ${wanted}${shown}` })
  }

  #text(shape: Shape & { kind: 'text' }, value: unknown, path: Path): void {
    if (typeof value !== 'string' || value === '') this.#wanted('text', value, path)
    else if (!isWellFormed(value)) this.#wanted('text without a lone surrogate', value, path)
    else if (shape.pattern?.test(value) === false) this.#wanted(shape.wanted ?? 'text', value, path)
  }

  #number(shape: Shape & { kind: 'number' }, value: unknown, path: Path): void {
    const { least = -Infinity, above = -Infinity, most = Infinity, whole } = shape
    const fits =
      typeof value === 'number' &&
      Number.isFinite(value) &&
      value >= least &&
      value > above &&
      value <= most &&
      (whole !== true || Number.isInteger(value))
    if (!fits)
      this.#wanted(`${whole === true ? 'an integer' : 'a number'}${rangeOf(least, above, most)}`, value, path)
  }

  #word(words: readonly string[], value: unknown, path: Path): void {
    if (typeof value === 'string' && words.includes(value)) return
    const meant = typeof value === 'string' && !this.#hidden(path) ? didYouMean(value, words) : ''
    const list = words.map((w) => JSON.stringify(w)).join(' or ')
    const shown = this.#hidden(path) ? '' : `, not ${quote(value)}`
    this.#faults.push({ path, message: `${said(path)} is ${list}${shown}${meant}` })
  }

  #either(of: Alternatives, value: unknown, path: Path): void {
    const type = typeOf(value)
    const shape = type === undefined ? undefined : of[type]
    if (shape !== undefined) this.check(shape, value, path)
    else {
      const wanted = Object.keys(of).map((one) => ALTERNATIVES[one as keyof Alternatives])
      this.#wanted(wanted.join(' or '), value, path)
    }
  }

  #object({ keys, oneOf = [] }: ObjectShape, value: unknown, path: Path): void {
    if (!isPlainObject(value)) {
      this.#wanted('an object', value, path)
      return
    }
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined) continue
      const shape = Object.hasOwn(keys, key) ? keys[key] : undefined
      if (shape !== undefined) this.check(shape, item, [...path, key])
      else this.#unknown(key, Object.keys(keys), path)
    }
    for (const [key, { required }] of Object.entries(keys))
      if (required === true && value[key] === undefined)
        this.#faults.push({ path, message: `${said(path)} has no ${JSON.stringify(key)}` })
    const there = oneOf.filter((key) => value[key] !== undefined)
    if (oneOf.length === 0 || there.length === 1) return
    const words = oneOf.map((key) => JSON.stringify(key))
    const message =
      there.length === 0 ? `has no ${words.join(' and no ')}` : `has ${words.join(' and ')}: give one`
    this.#faults.push({ path, message: `${said(path)} ${message}` })
  }

  #unknown(key: string, known: readonly string[], path: Path): void {
    const meant = didYouMean(key, known)
    const there = meant === '' ? `; there are ${known.join(', ')}` : meant
    this.#faults.push({ path: [...path, key], ofKey: true, message: `unknown key ${quote(key)}${there}` })
  }

  #map(shape: Shape & { kind: 'map' }, value: unknown, path: Path): void {
    if (!isPlainObject(value)) {
      this.#wanted('an object', value, path)
      return
    }
    for (const [key, item] of Object.entries(value)) {
      const at = [...path, key]
      if (!shape.name.test(key))
        this.#faults.push({
          path: at,
          ofKey: true,
          message: `the name ${quote(key)} is not ${shape.wanted}`,
        })
      this.check(shape.of, item, at)
    }
  }

  #variants(of: Readonly<Record<string, ObjectShape>>, value: unknown, path: Path): void {
    if (!isPlainObject(value)) {
      this.#wanted('an object', value, path)
      return
    }
    const { type } = value
    const shape = typeof type === 'string' && Object.hasOwn(of, type) ? of[type] : undefined
    if (shape !== undefined) this.check(shape, value, path)
    else if (type === undefined) this.#faults.push({ path, message: `${said(path)} has no "type"` })
    else this.#word(Object.keys(of), type, [...path, 'type'])
  }
}

const ALTERNATIVES = { text: 'text', flag: 'true or false', list: 'a list', object: 'an object' } as const

function typeOf(value: unknown): keyof Alternatives | undefined {
  if (typeof value === 'string') return 'text'
  if (typeof value === 'boolean') return 'flag'
  if (Array.isArray(value)) return 'list'
  return isPlainObject(value) ? 'object' : undefined
}

/** A place as a message names it. */
function said(path: Path): string {
  const last = path.at(-1)
  if (last === undefined) return 'a configuration'
  return typeof last === 'number' ? `entry ${last}` : JSON.stringify(last)
}

function rangeOf(least: number, above: number, most: number): string {
  const upTo = most === Infinity || most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`
  if (above !== -Infinity) return ` above ${above}${upTo === '' ? '' : ` and up${upTo}`}`
  return upTo === '' ? ` of ${least} or more` : ` from ${least}${upTo}`
}
