import { DecodeError, InvalidArgumentError } from '../../errors.js'
import { codeOfByte } from './description.js'
import type { Value } from '../types/infer.js'
import { Layout } from '../types/layout.js'
import type { TypeDef } from '../types/typedef.js'
import { LAYOUT } from '../values/core.js'
import { isGeneratable } from '../values/frozen-class.js'
import type { Frozen } from '../values/frozen.js'
import { FrozenMaker } from '../values/value.js'
import { bitsAt, DeltaCache, deltaOf, type Delta, type Structure } from './delta.js'
import { arrayOver, leafReader } from './leaf.js'
import type { ReadLeaf, Reader } from './reader.js'
import { specialise } from './specialise.js'

const SEEN_OFTEN = 4
const MOST_DECODERS = 16
const WHOLE = Uint8Array.of(1) // the root's bit

const plans = new WeakMap<TypeDef, DecodePlan>()

/** Makes the ArrayBuffers that travel beside a record, one per call, in order. */
export type TakeExternal = () => ArrayBuffer

/**
 * How values of one type are read; made once per TypeDef.
 *
 * Work is done per changed-bitset: what to read and which structures to make anew is worked out once for each set, and a
 * set that comes often gets a generated decoder.
 */
export class DecodePlan {
  readonly type: TypeDef
  readonly layout: Layout
  /** All defaults, nothing marked; the bare default for a type that is not a structure. */
  readonly initial: Value
  readonly #leaves: readonly (ReadLeaf | undefined)[]
  readonly #classes: FrozenMaker['classes']
  readonly #deltas = new DeltaCache()
  readonly #wholeDelta: Delta
  readonly #fieldsWithoutBytes: number
  readonly #generatable: boolean
  #decoders = 0

  private constructor(type: TypeDef) {
    const layout = Layout.of(type)
    const { fields } = layout
    this.type = type
    this.layout = layout
    this.#leaves = fields.map(({ type }) =>
      type.code === 'struct' ? undefined : leafReader(type, contentReader),
    )
    const maker = FrozenMaker.of(layout)
    this.#classes = maker.classes
    this.initial = maker.initial as Value
    this.#generatable = type.code === 'struct' && isGeneratable(layout, 0)
    this.#fieldsWithoutBytes = fields.filter((field) => field.type.code === 'struct').length
    this.#wholeDelta = deltaOf(layout, this.#classes, WHOLE)
  }

  static of(type: TypeDef): DecodePlan {
    let plan = plans.get(type)
    if (plan === undefined) {
      plan = new DecodePlan(type)
      plans.set(type, plan)
    }
    return plan
  }

  /**
   * Reads a changed-bitset and the fields it names. The other fields are those of `previous`, a value of this plan, and a
   * structure in which nothing changed is the same object as there.
   *
   * `externals` arrays were left out of the bytes: each is named behind them, and `takeExternal` yields its buffer.
   *
   * @throws {@link DecodeError}
   */
  update(r: Reader, previous: Value, externals = 0, takeExternal?: TakeExternal): Value {
    r.restoreCredit()
    const before = previous as unknown as Frozen
    if (before[LAYOUT] !== this.layout) this.#checkPrevious(before)
    const delta = this.#readDelta(r)
    if (externals === 0) return this.#decode(delta, r, before, 0)
    if (takeExternal === undefined)
      throw new DecodeError('arrays came beside the record, and nothing fetches them')
    return this.#updateWithArrays(r, delta, before, externals, takeExternal)
  }

  /** Reads a whole value; everything in it counts as changed. */
  full(r: Reader): Value {
    r.restoreCredit()
    return this.whole(r, 0) as Value
  }

  /** Like {@link full}, for a value inside another: `depth` of them hold it. */
  whole(r: Reader, depth: number): unknown {
    if (this.type.code !== 'struct') return this.#leaf(0)(r, depth)
    r.charge(this.#fieldsWithoutBytes)
    return this.#decode(this.#wholeDelta, r, this.initial as unknown as Frozen, depth + 1)
  }

  /** Refuses a value of another type: its fields would get into the next value unnoticed. */
  #checkPrevious(previous: Frozen): void {
    const { code } = this.type
    if (code !== 'struct') throw new DecodeError(`${code} has no fields that could change`)
    if (!previous[LAYOUT].type.equals(this.type)) {
      throw new InvalidArgumentError('changes cannot be read onto a value of another type')
    }
  }

  #readDelta(r: Reader): Delta {
    const length = r.count(1)
    return this.#delta(r.bytes, r.take(length), length)
  }

  #delta(bytes: Uint8Array, at: number, length: number): Delta {
    const found = this.#deltas.find(bytes, at, length)
    if (found !== undefined) return found
    const delta = deltaOf(this.layout, this.#classes, bytes.slice(at, at + length))
    this.#deltas.add(delta)
    return delta
  }

  #decode(delta: Delta, r: Reader, previous: Frozen, depth: number): Frozen {
    if (delta.decode !== undefined) return delta.decode(r, previous, depth)
    if (++delta.seen === SEEN_OFTEN && this.#generatable && this.#decoders < MOST_DECODERS) {
      delta.decode = specialise(this.layout, delta, this.#classes, this.#leaves)
      if (delta.decode !== undefined) {
        this.#decoders++
        return delta.decode(r, previous, depth)
      }
    }
    const slots = new Array<unknown>(delta.slots)
    let slot = 0
    for (const index of delta.leaves) slots[slot++] = this.#leaf(index)(r, depth)
    return build(delta, slots, previous)
  }

  #updateWithArrays(
    r: Reader,
    delta: Delta,
    previous: Frozen,
    externals: number,
    take: TakeExternal,
  ): Frozen {
    const values = new Map<number, unknown>()
    for (const index of delta.leaves) values.set(index, this.#leaf(index)(r, 0))
    const bits = bitsAt(delta, this.layout.fields.length)
    for (let i = 0; i < externals; i++) {
      const index = r.u32()
      values.set(index, this.#external(index, r.u32(), r.u32(), take()))
      bits[index >> 3] = (bits[index >> 3] as number) | (1 << (index & 7))
    }
    const all = this.#delta(bits, 0, bits.length)
    const slots = new Array<unknown>(all.slots)
    all.leaves.forEach((index, slot) => (slots[slot] = values.get(index)))
    return build(all, slots, previous)
  }

  #external(index: number, typeByte: number, select: number, buffer: ArrayBuffer): unknown {
    const code = codeOfByte(typeByte)
    const type = this.layout.fields[index]?.type
    const member = type?.code === 'union' ? type.members[select - 1] : undefined
    if ((member?.type ?? type)?.code !== code || (member === undefined) !== (select === 0)) {
      throw new DecodeError(`an array of ${code} came beside the record for field ${index}, which holds none`)
    }
    const value = arrayOver(code, buffer)
    return member === undefined ? value : Object.freeze({ select: member.name, value })
  }

  #leaf(index: number): ReadLeaf {
    return this.#leaves[index] as ReadLeaf
  }
}

const contents = new WeakMap<TypeDef, ReadLeaf>()

/** The reader of a whole value of that type: a structure with all its fields, a bare value otherwise. */
function contentReader(type: TypeDef): ReadLeaf {
  let read = contents.get(type)
  if (read === undefined) {
    read = type.code === 'struct' ? structureReader(type) : leafReader(type, contentReader)
    contents.set(type, read)
  }
  return read
}

function structureReader(type: TypeDef): ReadLeaf {
  let plan: DecodePlan | undefined // made when first needed: most unions and struct arrays never select all they could
  return (r, depth) => (plan ??= DecodePlan.of(type)).whole(r, depth)
}

type Fields = Readonly<Record<string, unknown>>

/** Makes the structures a delta touches, innermost first, out of what was read and what the previous value has. */
function build(delta: Delta, slots: unknown[], previous: Frozen): Frozen {
  const { structures } = delta
  const before = new Array<Fields>(structures.length)
  for (let i = structures.length - 1; i >= 0; i--) {
    const { parent, name } = structures[i] as Structure
    before[i] = parent === -1 ? (previous as unknown as Fields) : ((before[parent] as Fields)[name] as Fields)
  }
  let slot = delta.leaves.length
  for (let i = 0; i < structures.length; i++) {
    const { sources, frozen, meta } = structures[i] as Structure
    const values = new Array<unknown>(sources.length)
    for (let k = 0; k < sources.length; k++) {
      const source = sources[k] as number
      values[k] = source >= 0 ? slots[source] : (before[i] as Fields)[frozen.names[k] as string]
    }
    slots[slot++] = frozen.make(meta, values)
  }
  return slots[slot - 1] as Frozen
}
