import {
  any,
  timeStamp,
  type AnyValue,
  type MutableValue,
  type Value,
  type ValueMembers,
} from '../data/index.js'
import { checkOptions } from '../input/index.js'
import { InvalidArgumentError, TypeMismatchError } from '../errors.js'
import { checkValue, define, hasId, memberType, NormativeType } from './builder.js'
import { memberFor, ndarrayType, type NDData, type NTNDArrayFields } from './ndarray-type.js'

// The name under which areaDetector keeps it.
const COLOR_MODE = 'ColorMode'

/**
 * What {@link NTNDArray.wrap} takes.
 *
 * @example
 * NTNDArray.wrap(new Uint8Array(2 * 3 * 3), { shape: [2, 3, 3], colorMode: 2, attributes: { gain: 4 } })
 */
export interface NDWrapOptions {
  /** Sizes, slowest dimension first: an image of 480 rows of 640 pixels is `[480, 640]`. One dimension without it. */
  readonly shape?: readonly number[]
  /** By name; plain values as for a field of type any, `any(code, value)` for another type. */
  readonly attributes?: Readonly<Record<string, unknown>>
  /** How colours lie in the data, by areaDetector's numbers: 0 mono, 1 Bayer, 2 RGB1, 3 RGB2, 4 RGB3. */
  readonly colorMode?: number
  /** A Date, nanoseconds as a bigint, or seconds, since 1970. */
  readonly timeStamp?: Date | bigint | number
}

/** An N-dimensional array taken out of its NTNDArray. */
export interface NDArrayContent {
  /** The elements as they came, still compressed when `codec` says so; null when the value holds none. */
  readonly data: NDData | null
  /** Sizes, slowest dimension first. */
  readonly shape: readonly number[]
  readonly attributes: Readonly<Record<string, unknown>>
  /** The attribute `ColorMode`; undefined when there is none. */
  readonly colorMode: number | undefined
  /** The name of the compression, `''` for none. */
  readonly codec: string
  /** In bytes. */
  readonly uncompressedSize: number
  /** Nanoseconds since 1970; undefined when the value has no `timeStamp`. */
  readonly timeNs: bigint | undefined
}

/**
 * An image, or any array of several dimensions, as areaDetector publishes it.
 *
 * @example
 * const pv = SharedPV.readonly(new NTNDArray())
 * pv.post(NTNDArray.wrap(new Uint16Array(480 * 640), { shape: [480, 640], attributes: { exposure: 0.1 } }))
 * const { data, shape } = NTNDArray.unwrap(await ctx.get('cam:image'))
 * shape // → [48, 64]
 */
export class NTNDArray extends NormativeType<NTNDArrayFields> {
  constructor() {
    super(ndarrayType)
  }

  /**
   * Accepts `value` as an any too: some servers send it so instead of as a union.
   *
   * @example
   * new NTNDArray().is(await ctx.get('cam:image')) // → true
   */
  override is(value: unknown): value is Value<NTNDArrayFields> {
    if (!hasId(value, 'epics:nt/NTNDArray')) return false
    const code = memberType(value.$type, 'value')?.code
    return (code === 'union' || code === 'any') && memberType(value.$type, 'dimension')?.code === 'struct[]'
  }

  /**
   * A value that holds a copy of `data`: a typed array (the type of its elements decides the union's member), or an array
   * of booleans, of bigints (int64) or of numbers (float64). Sizes, dimensions and the codec (none) are filled in.
   *
   * @throws {@link InvalidArgumentError} when `data` is not such an array, or `shape` does not multiply to its length
   * @throws {@link ConversionError} when an attribute has no type
   * @example
   * const image = NTNDArray.wrap(Float32Array.of(1, 2, 3, 4, 5, 6), { shape: [2, 3], timeStamp: new Date() })
   * NTNDArray.unwrap(image).shape // → [2, 3]
   */
  static wrap(
    data: NDData | Uint8ClampedArray | readonly number[] | readonly bigint[],
    options: NDWrapOptions = {},
  ): MutableValue<NTNDArrayFields> {
    checkOptions(options, ['shape', 'attributes', 'colorMode', 'timeStamp'], 'NTNDArray.wrap')
    const select = memberFor(data)
    if (select === undefined) {
      throw new InvalidArgumentError(
        'NTNDArray.wrap takes a typed array, or an array of numbers, bigints or booleans',
      )
    }
    const shape = checkedShape(options.shape, data.length)
    const m: MutableValue<NTNDArrayFields> = new NTNDArray().create()
    m.$assign({ value: { select, value: data } } as Parameters<typeof m.$assign>[0])
    const bytes = byteLength(data)
    m.$assign({
      codec: { name: '' },
      compressedSize: bytes,
      uncompressedSize: bytes,
      dimension: [...shape]
        .reverse()
        .map((size) => ({ size, offset: 0, fullSize: size, binning: 1, reverse: false })),
    })
    const attributes = attributeList(options)
    if (attributes.length > 0) m.$assign({ attribute: attributes })
    if (options.timeStamp !== undefined) {
      const stamp = timeStamp(options.timeStamp)
      m.$assign({ timeStamp: stamp, dataTimeStamp: stamp })
    }
    return m
  }

  /**
   * Takes an array out of its NTNDArray. The data is the value's own, not a copy, and left as it came: what `codec` names
   * must be decompressed to `uncompressedSize` bytes by the caller.
   *
   * @throws {@link TypeMismatchError} when the value has no field `value` that could hold an array
   * @example
   * const { data, shape, attributes, codec } = NTNDArray.unwrap(await ctx.get('cam:image'))
   * console.log(data?.length, shape, attributes, codec === '' ? 'not compressed' : codec)
   */
  static unwrap(value: ValueMembers<unknown>): NDArrayContent {
    checkValue(value, 'NTNDArray.unwrap')
    const data = elementsOf(value)
    const attributes = attributesOf(value)
    const colorMode = attributes[COLOR_MODE]
    return {
      data,
      shape: shapeOf(value, data),
      attributes,
      colorMode:
        typeof colorMode === 'number' || typeof colorMode === 'bigint' ? Number(colorMode) : undefined,
      codec: text(read(value, 'codec.name')),
      uncompressedSize: Number(read(value, 'uncompressedSize') ?? 0),
      timeNs: value.$timeNs,
    }
  }
}

function checkedShape(shape: unknown, length: number): readonly number[] {
  if (shape === undefined) return [length]
  if (
    !Array.isArray(shape) ||
    !shape.every((size) => Number.isInteger(size) && size >= 0 && size < 2 ** 31)
  ) {
    throw new InvalidArgumentError('the shape of NTNDArray.wrap must be an array of sizes: integers from 0')
  }
  const sizes = shape as readonly number[]
  const product = sizes.reduce((all, size) => all * size, 1)
  if (sizes.length === 0 && length > 0)
    throw new InvalidArgumentError('the shape [] has no dimension: it is for data without elements')
  if (sizes.length > 0 && product !== length) {
    throw new InvalidArgumentError(
      `the shape [${sizes.join(', ')}] holds ${product} elements, and the data has ${length}`,
    )
  }
  return sizes
}

/** The bytes of the data as it is sent: of numbers in an array as float64, of booleans one each. */
function byteLength(data: ArrayLike<unknown>): number {
  if (ArrayBuffer.isView(data)) return data.byteLength
  return data.length * (typeof data[0] === 'boolean' ? 1 : 8)
}

function attributeList({ attributes = {}, colorMode }: NDWrapOptions): { name: string; value: AnyValue }[] {
  if (typeof attributes !== 'object' || (attributes as unknown) === null) {
    throw new InvalidArgumentError('the attributes of NTNDArray.wrap must be an object')
  }
  const list = Object.entries(attributes).map(([name, value]) => ({ name, value: value as AnyValue }))
  if (colorMode === undefined) return list
  const others = list.filter(({ name }) => name !== COLOR_MODE)
  return [{ name: COLOR_MODE, value: any('int32', colorMode) }, ...others]
}

function elementsOf(value: ValueMembers<unknown>): NDData | null {
  if (!value.$has('value')) {
    throw new TypeMismatchError(`${value.$id || 'the value'} is not an NTNDArray: it has no field "value"`, {
      op: 'unwrap',
    })
  }
  // A union's { select, value }, an any's { type, value }, a union inside an any, or, from some servers, the bare array.
  let data = value.$get('value')
  while (
    typeof data === 'object' &&
    data !== null &&
    ('select' in data || 'type' in data) &&
    'value' in data
  ) {
    data = data.value
  }
  if (data === null || Array.isArray(data) || ArrayBuffer.isView(data)) return data as NDData | null
  throw new TypeMismatchError(
    `${value.$id || 'the value'} is not an NTNDArray: "value" does not hold an array`,
    {
      op: 'unwrap',
    },
  )
}

function shapeOf(value: ValueMembers<unknown>, data: NDData | null): readonly number[] {
  const dimensions = entries(value, 'dimension')
  if (dimensions.length === 0) return data === null || data.length === 0 ? [] : [data.length]
  return dimensions.map((dimension) => Number(read(dimension, 'size') ?? 0)).reverse()
}

function attributesOf(value: ValueMembers<unknown>): Readonly<Record<string, unknown>> {
  const attributes: Record<string, unknown> = {}
  for (const attribute of entries(value, 'attribute')) {
    const held = read(attribute, 'value')
    const plain =
      typeof held === 'object' && held !== null && 'type' in held && 'value' in held ? held.value : held
    define(attributes, text(read(attribute, 'name')), plain)
  }
  return attributes
}

function entries(value: ValueMembers<unknown>, field: string): Value[] {
  const list = read(value, field)
  return Array.isArray(list) ? list.filter((entry): entry is Value => entry !== null) : []
}

function text(x: unknown): string {
  return typeof x === 'string' ? x : ''
}

function read(value: ValueMembers<unknown>, path: string): unknown {
  return value.$has(path) ? value.$get(path) : undefined
}
