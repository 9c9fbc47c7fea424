import { quote } from '../input/index.js'
import { keepOne } from './lasting.js'
import { FormatError, type MsgpackReader } from './msgpack.js'

/** What a column holds. */
export type ColumnType = 'float64' | 'int64' | 'uint64' | 'bool' | 'string'

/** The cells of a column, as {@link Columns} has them. */
export type ColumnData =
  Float64Array | BigInt64Array | BigUint64Array | (boolean | null)[] | (string | null)[]

const FIRST_CAPACITY = 1024
const NIL = 0xc0
const LOW = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1
const HIGH = 1 - LOW

/** The type of a column was that of its first value, and another came. */
export class TypeClash extends Error {}

/**
 * Collects a column, straight from MessagePack where that is what came.
 *
 * A cell is written at the row's number, so that a row that was read in part may be read again. The type stays open until
 * a value comes, unless it was given.
 */
export class ColumnBuilder {
  readonly #name: string
  #type: ColumnType | undefined
  readonly #exact: boolean
  #floats = new Float64Array(0)
  #integers = new BigInt64Array(0)
  #words = new Int32Array(0)
  #others: (boolean | string | null)[] = []
  #nulls: Uint8Array | undefined
  /** Rows before the first value, all null. */
  #empty = 0

  /** `exact`: whether numbers say if they are integers, as MessagePack's do and JSON's do not. */
  constructor(name: string, type: ColumnType | undefined, exact: boolean) {
    this.#name = name
    this.#type = type
    this.#exact = exact
    if (type !== undefined) this.#open(type)
  }

  get type(): ColumnType | undefined {
    return this.#type
  }

  /** Reads the cell of row `i`. */
  read(r: MsgpackReader, i: number): void {
    const b = r.bytes[r.at]
    if (this.#type === 'float64' && b === 0xcb) {
      const at = r.take(9)
      if (i >= this.#floats.length) this.#grow(i)
      this.#floats[i] = r.view.getFloat64(at + 1)
    } else if (this.#type === 'int64' && b === 0xd3) {
      const at = r.take(9)
      if (i >= this.#integers.length) this.#grow(i)
      this.#words[2 * i + HIGH] = r.view.getInt32(at + 1)
      this.#words[2 * i + LOW] = r.view.getInt32(at + 5)
    } else if (b === NIL) {
      r.at++
      this.set(i, null, false)
    } else if (this.#type === 'int64' && b !== undefined && isSmall(b)) {
      const x = small(r, b)
      if (i >= this.#integers.length) this.#grow(i)
      this.#words[2 * i + HIGH] = x < 0 ? -1 : 0
      this.#words[2 * i + LOW] = x
    } else {
      this.set(i, r.value(), b !== 0xcb && b !== 0xca)
    }
  }

  /** Sets the cell of row `i`; `integer` says what a number is. */
  set(i: number, x: unknown, integer: boolean): void {
    if (x === null || x === undefined) {
      this.#setNull(i)
      return
    }
    if (this.#type === undefined) this.#open(typeOf(x, integer && this.#exact))
    switch (this.#type) {
      case 'float64':
        this.#setFloat(i, x)
        return
      case 'int64':
      case 'uint64':
        this.#setInteger(i, x)
        return
      default:
        if (typeof x !== (this.#type === 'bool' ? 'boolean' : 'string')) throw this.#clash(x)
        this.#others[i] = x as boolean | string
    }
  }

  #setNull(i: number): void {
    switch (this.#type) {
      case undefined:
        this.#empty = i + 1
        return
      case 'float64':
        if (i >= this.#floats.length) this.#grow(i)
        this.#floats[i] = NaN
        return
      case 'int64':
      case 'uint64':
        if (i >= this.#integers.length) this.#grow(i)
        this.#integers[i] = 0n
        this.#markNull(i)
        return
      default:
        this.#others[i] = null
    }
  }

  #markNull(i: number): void {
    this.#nulls ??= new Uint8Array(this.#integers.length)
    this.#nulls[i] = 1
  }

  #setFloat(i: number, x: unknown): void {
    if (typeof x === 'bigint') {
      if (BigInt(Number(x)) === x) x = Number(x)
      else if (!this.#exact) {
        this.#becomeIntegers(i, x)
        this.#setInteger(i, x)
        return
      }
    }
    if (typeof x !== 'number') throw this.#clash(x)
    if (i >= this.#floats.length) this.#grow(i)
    this.#floats[i] = x
  }

  #setInteger(i: number, x: unknown): void {
    if (typeof x !== 'bigint' && !(typeof x === 'number' && Number.isInteger(x))) throw this.#clash(x)
    const integer = BigInt(x)
    if (this.#type === 'int64' && BigInt.asIntN(64, integer) !== integer) this.#becomeUnsigned(i, integer)
    if (this.#type === 'uint64' && BigInt.asUintN(64, integer) !== integer) throw this.#clash(x)
    if (i >= this.#integers.length) this.#grow(i)
    this.#integers[i] = integer
    if (this.#nulls !== undefined) this.#nulls[i] = 0
  }

  // JSON does not say what is an integer, but this one no float could hold.
  #becomeIntegers(rows: number, x: bigint): void {
    const before = this.#floats.subarray(0, rows)
    if (!before.every((f) => Number.isNaN(f) || Number.isSafeInteger(f))) throw this.#clash(x)
    this.#open('int64')
    if (rows > 0) this.#grow(rows - 1)
    before.forEach((f, i) => {
      if (Number.isNaN(f)) this.#setNull(i)
      else this.#integers[i] = BigInt(f)
    })
  }

  #becomeUnsigned(rows: number, x: bigint): void {
    if (x < 0n || this.#integers.subarray(0, rows).some((before) => before < 0n)) throw this.#clash(x)
    this.#type = 'uint64'
  }

  #open(type: ColumnType): void {
    this.#type = type
    for (let i = 0; i < this.#empty; i++) this.#setNull(i)
  }

  #grow(i: number): void {
    const capacity = Math.max(FIRST_CAPACITY, 2 ** Math.ceil(Math.log2(i + 1)))
    if (this.#type === 'float64') {
      const larger = new Float64Array(capacity)
      larger.set(this.#floats)
      this.#floats = larger
      return
    }
    const larger = new BigInt64Array(capacity)
    larger.set(this.#integers)
    this.#integers = larger
    this.#words = new Int32Array(larger.buffer)
    if (this.#nulls === undefined) return
    const nulls = new Uint8Array(capacity)
    nulls.set(this.#nulls)
    this.#nulls = nulls
  }

  #clash(x: unknown): TypeClash {
    return new TypeClash(
      `column ${quote(this.#name)} holds ${String(this.#type)} and then ${quote(x)}: say its type in "types"`,
    )
  }

  /** The first `length` cells. */
  finish(length: number): { readonly data: ColumnData; readonly nulls: Uint8Array | undefined } {
    if (this.#type === undefined) return { data: new Float64Array(length).fill(NaN), nulls: undefined }
    if (this.#type === 'bool' || this.#type === 'string')
      return { data: this.#others.slice(0, length) as (string | null)[], nulls: undefined }
    if (this.#type === 'float64') return { data: this.#floats.slice(0, length), nulls: undefined }
    const integers = this.#integers.slice(0, length)
    const nulls = this.#nulls?.slice(0, length)
    return {
      data: this.#type === 'int64' ? integers : new BigUint64Array(integers.buffer),
      nulls: nulls?.includes(1) === true ? nulls : undefined,
    }
  }
}

/** Whether that byte begins an integer of 32 bits at most. */
function isSmall(b: number): boolean {
  return b <= 0x7f || b >= 0xe0 || (b >= 0xcc && b <= 0xce) || (b >= 0xd0 && b <= 0xd2)
}

/** Reads it, past its first byte, without a bigint. */
function small(r: MsgpackReader, b: number): number {
  switch (b) {
    case 0xcc:
      return r.bytes[r.take(2) + 1] as number
    case 0xcd:
      return r.view.getUint16(r.take(3) + 1)
    case 0xce:
      return r.view.getUint32(r.take(5) + 1)
    case 0xd0:
      return r.view.getInt8(r.take(2) + 1)
    case 0xd1:
      return r.view.getInt16(r.take(3) + 1)
    case 0xd2:
      return r.view.getInt32(r.take(5) + 1)
  }
  r.take(1)
  return b <= 0x7f ? b : b - 256
}

function typeOf(x: unknown, integer: boolean): ColumnType {
  switch (typeof x) {
    case 'number':
      return integer ? 'int64' : 'float64'
    case 'bigint':
      return BigInt.asIntN(64, x) === x ? 'int64' : 'uint64'
    case 'boolean':
      return 'bool'
    case 'string':
      return 'string'
  }
  throw new FormatError(`a value of a column was expected, and ${quote(x)} came`)
}

/** Collects the times of a series. */
export class TimeBuilder {
  #times = new BigInt64Array(FIRST_CAPACITY)
  #words = new Int32Array(this.#times.buffer)

  read(r: MsgpackReader, i: number): void {
    if (i >= this.#times.length) this.#grow()
    if (r.bytes[r.at] !== 0xd3) {
      this.#times[i] = r.time()
      return
    }
    const at = r.take(9)
    this.#words[2 * i + HIGH] = r.view.getInt32(at + 1)
    this.#words[2 * i + LOW] = r.view.getInt32(at + 5)
  }

  set(i: number, time: bigint): void {
    if (i >= this.#times.length) this.#grow()
    this.#times[i] = time
  }

  #grow(): void {
    const larger = new BigInt64Array(this.#times.length * 2)
    larger.set(this.#times)
    this.#times = larger
    this.#words = new Int32Array(larger.buffer)
  }

  finish(length: number): BigInt64Array {
    return this.#times.slice(0, length)
  }
}

keepOne(new ColumnBuilder('c', undefined, true))
keepOne(new TimeBuilder())
