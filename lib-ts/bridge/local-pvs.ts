import { didYouMean, quote } from '../input/index.js'
import { NTEnum, NTScalar, timeStamp, type MutableValue, type NTScalarCode } from '../index.js'
import { BridgeError } from '../pvws/index.js'
import { LocalFeed } from './local-feed.js'

const CODES: Readonly<Record<string, NTScalarCode>> = {
  VDouble: 'float64',
  VFloat: 'float32',
  VLong: 'int64',
  VInt: 'int32',
  VShort: 'int16',
  VByte: 'int8',
  VString: 'string',
  VBoolean: 'bool',
  VDoubleArray: 'float64[]',
  VStringArray: 'string[]',
}
const TYPES = [...Object.keys(CODES), 'VEnum']

const FORM = /^([^<>(]+)(?:<([^<>]*)>)?(?:\((.*)\))?$/s

/** The `loc://` PVs of one socket: its own variables, which it may always write. */
export class LocalPvs {
  readonly #feeds = new Map<string, LocalFeed>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  /**
   * `name`, `name(init)` or `name<VType>(init)`. The first that names it decides its type.
   *
   * @throws BridgeError for what is none of these
   */
  of(text: string): LocalFeed {
    const parts = FORM.exec(text)
    const name = parts?.[1]
    if (name === undefined) throw bad(text, 'is not name, name(value) or name<VType>(value)')
    let feed = this.#feeds.get(name)
    if (feed === undefined) {
      if (this.#feeds.size >= this.#most)
        throw new BridgeError('ERR_BRIDGE_LIMIT', `one socket takes ${this.#most} loc:// names, and has them`)
      feed = new LocalFeed(name, made(text, parts?.[2], readList(text, parts?.[3])))
      this.#feeds.set(name, feed)
    }
    return feed
  }

  /** Writes it; a value that does not fit is an error as for a put. */
  write(text: string, value: unknown): void {
    this.of(text).assign({ value })
  }
}

function bad(text: string, what: string): BridgeError {
  return new BridgeError('ERR_BRIDGE_MESSAGE', `${quote(`loc://${text}`)} ${what}`)
}

/** What stands in the parentheses: numbers and texts in quotes, separated by commas. */
function readList(text: string, inside: string | undefined): readonly (number | string)[] {
  if (inside === undefined || inside.trim() === '') return []
  try {
    const list: unknown = JSON.parse(`[${inside}]`)
    if (Array.isArray(list) && list.every((x) => typeof x === 'number' || typeof x === 'string')) return list
  } catch {
    // said below
  }
  throw bad(text, 'has no list of numbers or texts in quotes between its parentheses')
}

function made(text: string, type: string | undefined, list: readonly (number | string)[]): MutableValue {
  const now = timeStamp(new Date())
  if (type === 'VEnum') {
    const [index = 0, ...choices] = list
    return new NTEnum().create({
      value: { index: Number(index), choices: choices.map(String) },
      timeStamp: now,
    })
  }
  const code = type === undefined ? inferred(list) : CODES[type]
  if (code === undefined) throw bad(text, `has no type ${quote(type)}${didYouMean(type ?? '', TYPES)}`)
  const value = code.endsWith('[]') ? list : (list[0] ?? (code === 'string' ? '' : 0))
  return new NTScalar(code as 'float64').create({ value: value as number, timeStamp: now })
}

function inferred(list: readonly (number | string)[]): NTScalarCode {
  const scalar = list.some((x) => typeof x === 'string') ? 'string' : 'float64'
  return list.length > 1 ? `${scalar}[]` : scalar
}
