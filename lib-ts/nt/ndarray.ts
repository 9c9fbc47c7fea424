import {
  any,
  int64Form,
  timeStamp,
  withInt64,
  type AnyValue,
  type Input,
  type Int64As,
  type Int64Form,
  type Int64Option,
  type MutableValue,
  type UnionValue,
  type Value,
  type ValueMembers,
} from '../data/index.js'
import {
  bad,
  integer,
  quote,
  readOptions,
  text as textOption,
  type Check,
  type Checked,
} from '../input/index.js'
import { about, InvalidArgumentError, TypeMismatchError } from '../errors.js'
import { checkValue, define, hasId, memberType, NormativeType } from './builder.js'
import {
  bytesPerElement,
  elementTypeOf,
  memberFor,
  ndarrayType,
  NDELEMENT_TYPES,
  numberOfElementType,
  type NDData,
  type NDElements,
  type NDElementType,
  type NDMember,
  type NTNDArrayFields,
} from './ndarray-type.js'

// The name under which areaDetector keeps it.
const COLOR_MODE = 'ColorMode'

/**
 * What {@link NTNDArray.wrap} takes.
 *
 * @example
 * NTNDArray.wrap(new Uint8Array(2 * 3 * 3), { shape: [2, 3, 3], colorMode: 2, attributes: { gain: 4 } })
 */
export interface NDWrapOptions {
  /**
   * Sizes, slowest dimension first: an image of 480 rows of 640 pixels is `[480, 640]`. Without it there is one dimension,
   * or none for compressed data.
   */
  readonly shape?: readonly number[]
  /** By name; plain values as for a field of type any, `any(code, value)` for another type. */
  readonly attributes?: Readonly<Record<string, unknown>>
  /** How colours lie in the data, by areaDetector's numbers: 0 mono, 1 Bayer, 2 RGB1, 3 RGB2, 4 RGB3. */
  readonly colorMode?: number
  /** A Date, nanoseconds as a bigint, or seconds, since 1970. */
  readonly timeStamp?: Date | bigint | number
  /** The number of the image, as areaDetector counts them. */
  readonly uniqueId?: number
  /** The name of the compression, such as `lz4` or `jpeg`: `data` is then what it made, of any length. */
  readonly codec?: string
  /** With a codec: the type of the elements before they were compressed. */
  readonly elementType?: NDElementType
  /** With a codec: in bytes. Follows from `shape` and `elementType` where they are given. */
  readonly uncompressedSize?: number
}

/**
 * What {@link NTNDArray.unwrap} takes.
 *
 * @example
 * const image = NTNDArray.unwrap(await ctx.get('cam:image'), { int64: 'string' })
 * const text = JSON.stringify({ ...image, data: null })
 */
export type NDUnwrapOptions<F extends Int64Form = Int64Form> = Int64Option<F>

type DataIn<D, F extends Int64Form> = F extends 'bigint'
  ? D
  : D extends BigInt64Array | BigUint64Array
    ? F extends 'number'
      ? Float64Array
      : readonly string[]
    : D

/** An N-dimensional array taken out of its NTNDArray; `D` is what its elements are in, `F` what 64-bit integers are. */
export interface NDArrayContent<D = NDData | null, F extends Int64Form = 'bigint'> {
  /** The elements as they came, still compressed when `codec` says so; null when the value holds none. */
  readonly data: DataIn<D, F>
  /** Sizes, slowest dimension first. */
  readonly shape: readonly number[]
  readonly attributes: Readonly<Record<string, unknown>>
  /** The attribute `ColorMode`; undefined when there is none. */
  readonly colorMode: number | undefined
  /** The name of the compression, `''` for none. */
  readonly codec: string
  /** Of a compressed array: the type that its elements have after decompression; undefined when the value does not say. */
  readonly elementType: NDElementType | undefined
  /** In bytes. */
  readonly uncompressedSize: number
  /** Nanoseconds since 1970; undefined when the value has no `timeStamp`. */
  readonly timeNs: Int64As<F> | undefined
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
   * of booleans, of bigints (int64) or of numbers (float64). Sizes and dimensions are filled in.
   *
   * With a `codec`, `data` is compressed already: its length is not compared with `shape`, and `elementType` says what it
   * decompresses to.
   *
   * @throws {@link InvalidArgumentError} when `data` is not such an array, or `shape` does not multiply to its length
   * @throws {@link ConversionError} when an attribute has no type
   * @example
   * const image = NTNDArray.wrap(Float32Array.of(1, 2, 3, 4, 5, 6), { shape: [2, 3], timeStamp: new Date() })
   * NTNDArray.unwrap(image).shape // → [2, 3]
   * const compressed = NTNDArray.wrap(new Uint8Array(99), { shape: [48, 64], codec: 'lz4', elementType: 'uint16' })
   * NTNDArray.unwrap(compressed).uncompressedSize // → 6144
   */
  static wrap(
    data: NDData | Uint8ClampedArray | readonly number[] | readonly bigint[],
    options: NDWrapOptions = {},
  ): MutableValue<NTNDArrayFields> {
    return about({ op: 'NTNDArray.wrap' }, () => wrapped(data, options))
  }

  /**
   * Takes an array out of its NTNDArray. The data is the value's own, not a copy, and left as it came: what `codec` names
   * must be decompressed by the caller, to `uncompressedSize` bytes of `elementType`.
   *
   * @param member the member that the data must be in, which also types it: `ushortValue` gives a Uint16Array
   * @param options `int64` says what 64-bit integers become: `bigint` (the default), `number` or `string`, which JSON takes
   * @throws {@link TypeMismatchError} when the value has no field `value` that could hold an array, or holds another member
   * @example
   * const { data, shape, attributes, codec } = NTNDArray.unwrap(await ctx.get('cam:image'))
   * console.log(data?.length, shape, attributes, codec === '' ? 'not compressed' : codec)
   * const pixels: Uint16Array = NTNDArray.unwrap(await ctx.get('cam:image'), 'ushortValue').data
   */
  static unwrap<const M extends NDMember, const F extends Int64Form = 'bigint'>(
    value: ValueMembers<unknown>,
    member: M,
    options?: NDUnwrapOptions<F>,
  ): NDArrayContent<NDElements[M], F>
  static unwrap<const F extends Int64Form = 'bigint'>(
    value: ValueMembers<unknown>,
    options?: NDUnwrapOptions<F>,
  ): NDArrayContent<NDData | null, F>
  static unwrap(
    value: ValueMembers<unknown>,
    ...rest: readonly unknown[]
  ): NDArrayContent<unknown, Int64Form> {
    checkValue(value, 'NTNDArray.unwrap')
    const [member, options] = typeof rest[0] === 'string' ? rest : [undefined, rest[0]]
    const { int64 = 'bigint' } = readOptions(options, { int64: int64Form }, 'NTNDArray.unwrap')
    const data = elementsOf(value)
    if (member !== undefined) checkMember(value, data, member as string)
    const attributes = attributesOf(value)
    const colorMode = attributes[COLOR_MODE]
    const codec = text(read(value, 'codec.name'))
    const parameters = codec === '' ? undefined : read(value, 'codec.parameters')
    return {
      data: withInt64(data, int64),
      shape: shapeOf(value, codec === '' ? data : null),
      attributes: withInt64(attributes, int64) as Readonly<Record<string, unknown>>,
      colorMode:
        typeof colorMode === 'number' || typeof colorMode === 'bigint' ? Number(colorMode) : undefined,
      codec,
      elementType: elementTypeOf((parameters as AnyValue | null | undefined)?.value),
      uncompressedSize: Number(read(value, 'uncompressedSize') ?? 0),
      timeNs: withInt64(value.$timeNs, int64) as bigint | undefined,
    }
  }
}

function wrapped(
  data: Parameters<typeof NTNDArray.wrap>[0],
  options: NDWrapOptions,
): MutableValue<NTNDArrayFields> {
  const checked = readOptions(options, wrapChecks, 'NTNDArray.wrap')
  const select = memberFor(data)
  if (select === undefined) {
    throw new InvalidArgumentError(
      'NTNDArray.wrap takes a typed array, or an array of numbers, bigints or booleans',
    )
  }
  const shape = checkedShape(options.shape, data.length, (checked.codec ?? '') !== '')
  const m: MutableValue<NTNDArrayFields> = new NTNDArray().create()
  m.$assign({ value: { select, value: data } } as Parameters<typeof m.$assign>[0])
  m.$assign({
    ...compression(checked, shape, byteLength(data)),
    ...(checked.uniqueId === undefined ? {} : { uniqueId: checked.uniqueId }),
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

const wrapChecks = {
  shape: (value: unknown): unknown => value,
  attributes: (value: unknown): unknown => value,
  colorMode: (value: unknown): unknown => value,
  timeStamp: (value: unknown): unknown => value,
  uniqueId: integer(-(2 ** 31), 2 ** 31 - 1),
  codec: textOption,
  elementType: ((value, name) => {
    if (numberOfElementType(value) === undefined)
      throw bad(name, `one of ${NDELEMENT_TYPES.join(', ')}`, value)
    return value as NDElementType
  }) satisfies Check<NDElementType>,
  uncompressedSize: integer(0, Number.MAX_SAFE_INTEGER),
}

/** The fields that say how the data is compressed, and its sizes. */
function compression(
  { codec = '', elementType, uncompressedSize }: Checked<typeof wrapChecks>,
  shape: readonly number[],
  bytes: number,
): Input<Pick<NTNDArrayFields, 'codec' | 'compressedSize' | 'uncompressedSize'>> {
  if (codec === '') {
    if (elementType === undefined && uncompressedSize === undefined)
      return { codec: { name: '' }, compressedSize: bytes, uncompressedSize: bytes }
    const name = elementType === undefined ? 'uncompressedSize' : 'elementType'
    throw new InvalidArgumentError(
      `option "${name}" of NTNDArray.wrap goes with a codec: other data says it by itself`,
    )
  }
  const elements = shape.reduce((all, size) => all * size, 1)
  const known = elementType === undefined ? 0 : elements * bytesPerElement(elementType)
  return {
    codec: {
      name: codec,
      parameters: elementType === undefined ? null : any('int32', numberOfElementType(elementType)),
    },
    compressedSize: bytes,
    uncompressedSize: uncompressedSize ?? known,
  }
}

function checkMember(value: ValueMembers<unknown>, data: NDData | null, member: string): void {
  const union = value.$get('value') as Partial<UnionValue> | null
  const held = data === null ? undefined : (union?.select ?? memberFor(data))
  if (held === member) return
  const codec = text(read(value, 'codec.name'))
  const why = codec === '' ? '' : `; they are compressed with ${quote(codec)}`
  throw new TypeMismatchError(
    `the elements of ${value.$id || 'the value'} are ${held === undefined ? 'absent' : `in ${quote(held)}`}, not in ${quote(member)}${why}`,
    { op: 'NTNDArray.unwrap' },
  )
}

function checkedShape(shape: unknown, length: number, compressed: boolean): readonly number[] {
  if (shape === undefined) return compressed ? [] : [length]
  if (
    !Array.isArray(shape) ||
    !shape.every((size) => Number.isInteger(size) && size >= 0 && size < 2 ** 31)
  ) {
    throw new InvalidArgumentError('the shape of NTNDArray.wrap must be an array of sizes: integers from 0')
  }
  const sizes = shape as readonly number[]
  const product = sizes.reduce((all, size) => all * size, 1)
  if (compressed) return sizes
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
      op: 'NTNDArray.unwrap',
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
      op: 'NTNDArray.unwrap',
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
