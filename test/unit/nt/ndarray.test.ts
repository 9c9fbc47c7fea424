import { describe, expect, it } from 'vitest'
import { any, TypeDef } from '../../../lib-ts/data/index.js'
import { InvalidArgumentError, TypeMismatchError } from '../../../lib-ts/errors.js'
import { NTNDArray, type NDData } from '../../../lib-ts/nt/index.js'

const dimensions = (sizes: number[]) => sizes.map((size) => ({ size, fullSize: size, binning: 1 }))

describe('NTNDArray', () => {
  it('has the fields of PVXS, in its order', () => {
    const type = new NTNDArray().build()
    expect(type.id).toBe('epics:nt/NTNDArray:1.0')
    expect(type.members.map(({ name, code, id }) => `${name} ${code} ${id}`.trim())).toEqual([
      'value union',
      'codec struct codec_t',
      'compressedSize int64',
      'uncompressedSize int64',
      'uniqueId int32',
      'dataTimeStamp struct time_t',
      'alarm struct alarm_t',
      'timeStamp struct time_t',
      'dimension struct[] dimension_t',
      'attribute struct[] epics:nt/NTAttribute:1.0',
    ])
    expect(type.members[0]?.children.map(({ name, code }) => `${name} ${code}`)).toEqual([
      'booleanValue bool[]',
      'byteValue int8[]',
      'shortValue int16[]',
      'intValue int32[]',
      'longValue int64[]',
      'ubyteValue uint8[]',
      'ushortValue uint16[]',
      'uintValue uint32[]',
      'ulongValue uint64[]',
      'floatValue float32[]',
      'doubleValue float64[]',
    ])
    expect(type.members[9]?.children.map(({ name, code }) => `${name} ${code}`)).toEqual([
      'name string',
      'value any',
      'tags string[]',
      'descriptor string',
      'alarm struct',
      'timeStamp struct',
      'sourceType int32',
      'source string',
    ])
  })

  it.each([
    ['byteValue', new Int8Array([1, -2, 3, 4, 5, 6])],
    ['shortValue', new Int16Array(6).fill(-300)],
    ['intValue', new Int32Array(6).fill(-70_000)],
    ['longValue', new BigInt64Array(6).fill(-(2n ** 60n))],
    ['ubyteValue', new Uint8Array(6).fill(200)],
    ['ushortValue', new Uint16Array(6).fill(60_000)],
    ['uintValue', new Uint32Array(6).fill(4_000_000_000)],
    ['ulongValue', new BigUint64Array(6).fill(2n ** 63n)],
    ['floatValue', new Float32Array(6).fill(0.5)],
    ['doubleValue', new Float64Array(6).fill(0.1)],
    ['booleanValue', [true, false, true, false, true, false]],
  ] as const)('[101] round-trips two dimensions of %s', (member, data) => {
    const m = NTNDArray.wrap(data, { shape: [2, 3] })
    expect(m.value?.select).toBe(member)
    expect(m.dimension.map((d) => d?.size)).toEqual([3, 2])
    const back = NTNDArray.unwrap(m.$freeze())
    expect(back.data).toEqual(data)
    expect(back.shape).toEqual([2, 3])
    expect(back.codec).toBe('')
    expect(back.uncompressedSize).toBe('byteLength' in data ? data.byteLength : 6)
  })

  it('[101] round-trips three dimensions, the fastest first in the dimension field', () => {
    const data = Uint16Array.from({ length: 24 }, (_, i) => i)
    const m = NTNDArray.wrap(data, { shape: [2, 3, 4] })
    expect(m.dimension.map((d) => d?.$toObject())).toEqual([
      { size: 4, offset: 0, fullSize: 4, binning: 1, reverse: false },
      { size: 3, offset: 0, fullSize: 3, binning: 1, reverse: false },
      { size: 2, offset: 0, fullSize: 2, binning: 1, reverse: false },
    ])
    const back = NTNDArray.unwrap(m)
    expect(back.shape).toEqual([2, 3, 4])
    expect(back.data).toEqual(data)
  })

  it('[101] round-trips zero length', () => {
    const back = NTNDArray.unwrap(NTNDArray.wrap(new Int32Array(0), { shape: [0, 4] }))
    expect(back.data).toEqual(new Int32Array(0))
    expect(back.shape).toEqual([0, 4])
    expect(NTNDArray.unwrap(NTNDArray.wrap(new Int32Array(0), { shape: [] })).shape).toEqual([])
  })

  it('[101] has no data and no shape while it is unset', () => {
    expect(NTNDArray.unwrap(new NTNDArray().create().$freeze())).toEqual({
      data: null,
      shape: [],
      attributes: {},
      colorMode: undefined,
      codec: '',
      uncompressedSize: 0,
      timeNs: 0n,
    })
  })

  it('[101] keeps the colour mode as the attribute of that name', () => {
    const m = NTNDArray.wrap(new Uint8Array(12), {
      shape: [2, 2, 3],
      colorMode: 2,
      attributes: { exposure: 0.1 },
    })
    const back = NTNDArray.unwrap(m)
    expect(back.colorMode).toBe(2)
    expect(back.attributes).toEqual({ ColorMode: 2, exposure: 0.1 })
    expect(m.attribute[0]?.value?.type.code).toBe('int32')
  })

  it('lets the option win over an attribute ColorMode', () => {
    const m = NTNDArray.wrap(new Uint8Array(1), { colorMode: 3, attributes: { ColorMode: 0, gain: 1.5 } })
    expect(m.attribute).toHaveLength(2)
    expect(NTNDArray.unwrap(m).colorMode).toBe(3)
  })

  it('writes attributes as an any takes plain values, or with a type of their own', () => {
    const m = NTNDArray.wrap(new Uint8Array(1), {
      attributes: { gain: 2, exposure: 0.5, camera: 'A', live: true, frame: any('uint32', 7) },
    })
    expect(NTNDArray.unwrap(m).attributes).toEqual({
      gain: 2n,
      exposure: 0.5,
      camera: 'A',
      live: true,
      frame: 7,
    })
  })

  it('survives an attribute named __proto__', () => {
    const attributes = Object.fromEntries([['__proto__', 'x']])
    const back = NTNDArray.unwrap(NTNDArray.wrap(new Uint8Array(1), { attributes })).attributes
    expect(Object.entries(back)).toEqual([['__proto__', 'x']])
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype)
  })

  it('takes plain arrays: numbers as float64, bigints as int64', () => {
    expect(NTNDArray.unwrap(NTNDArray.wrap([1, 2.5])).data).toEqual(new Float64Array([1, 2.5]))
    expect(NTNDArray.unwrap(NTNDArray.wrap([1n, -2n])).data).toEqual(new BigInt64Array([1n, -2n]))
    expect(NTNDArray.wrap(new Uint8ClampedArray([255])).value?.select).toBe('ubyteValue')
    expect(NTNDArray.wrap(Buffer.from('abc')).value?.select).toBe('ubyteValue')
  })

  it('copies: a later write into the source changes nothing', () => {
    const data = new Uint8Array([1, 2])
    const m = NTNDArray.wrap(data)
    data[0] = 9
    expect(NTNDArray.unwrap(m).data).toEqual(new Uint8Array([1, 2]))
  })

  it('has one dimension when no shape is given', () => {
    expect(NTNDArray.unwrap(NTNDArray.wrap(new Uint8Array(7))).shape).toEqual([7])
  })

  it('stamps with a Date, nanoseconds or seconds', () => {
    const stamp = (timeStamp: Date | bigint | number) =>
      NTNDArray.unwrap(NTNDArray.wrap(new Uint8Array(1), { timeStamp })).timeNs
    expect(stamp(new Date(1_700_000_000_250))).toBe(1_700_000_000_250_000_000n)
    expect(stamp(1_700_000_000_000_000_007n)).toBe(1_700_000_000_000_000_007n)
    expect(stamp(1_700_000_000)).toBe(1_700_000_000_000_000_000n)
  })

  it('refuses a shape that does not fit the data', () => {
    const data = new Uint8Array(6)
    for (const shape of [[2, 2], [7], [], [-2, -3], [1.5, 4], [NaN], ['6'], 6, null]) {
      expect(() => NTNDArray.wrap(data, { shape: shape as number[] })).toThrow(InvalidArgumentError)
    }
    expect(() => NTNDArray.wrap(data, { shape: [] })).toThrow(/the shape \[\] has no dimension/)
    expect(() => NTNDArray.wrap(data, { shape: [2, 2] })).toThrow(/\[2, 2\] holds 4 elements, .* has 6/)
  })

  it.each([undefined, null, 5, 'abc', {}, new DataView(new ArrayBuffer(4)), new ArrayBuffer(4)] as unknown[])(
    'refuses to wrap %o',
    (data) => {
      expect(() => NTNDArray.wrap(data as NDData)).toThrow(InvalidArgumentError)
    },
  )

  it('names an option it does not have', () => {
    expect(() => NTNDArray.wrap(new Uint8Array(1), { shap: [1] } as object)).toThrow(
      /unknown option "shap" of NTNDArray.wrap; did you mean "shape"\?/,
    )
  })

  it('leaves compressed data alone and says how it is compressed', () => {
    const packed = new Uint8Array([1, 2, 3])
    const m = new NTNDArray().create({
      value: { select: 'ubyteValue', value: packed },
      codec: { name: 'lz4' },
      compressedSize: 3,
      uncompressedSize: 12,
      dimension: dimensions([4, 3]),
    })
    const back = NTNDArray.unwrap(m)
    expect(back.data).toEqual(packed)
    expect(back).toMatchObject({ codec: 'lz4', uncompressedSize: 12, shape: [3, 4] })
  })
})

describe('NTNDArray, from servers that differ', () => {
  const odd = new TypeDef('struct', 'epics:nt/NTNDArray:1.0', {
    value: 'any',
    dimension: [{ size: 'int32' }],
  })

  it('reads an any in the place of the union', () => {
    const v = odd.create({ value: any('uint16[]', [1, 2, 3, 4]), dimension: [{ size: 2 }, { size: 2 }] })
    expect(new NTNDArray().is(v)).toBe(true)
    expect(NTNDArray.unwrap(v)).toMatchObject({
      data: new Uint16Array([1, 2, 3, 4]),
      shape: [2, 2],
      codec: '',
    })
  })

  it('reads an empty any, null dimensions, and none', () => {
    expect(NTNDArray.unwrap(odd.create())).toMatchObject({ data: null, shape: [] })
    expect(
      NTNDArray.unwrap(odd.create({ value: any('int8[]', [1]), dimension: [null, { size: 1 }] })).shape,
    ).toEqual([1])
    expect(NTNDArray.unwrap(odd.create({ value: any('int8[]', [1, 2]) })).shape).toEqual([2])
  })

  it('has no time when the value has no timeStamp', () => {
    expect(NTNDArray.unwrap(odd.create()).timeNs).toBeUndefined()
  })

  it('says so when there is no array in it', () => {
    const none = new TypeDef('struct', { other: 'int32' }).create()
    expect(() => NTNDArray.unwrap(none)).toThrow(TypeMismatchError)
    expect(() => NTNDArray.unwrap(new TypeDef('struct', { value: 'int32' }).create())).toThrow(
      TypeMismatchError,
    )
  })

  it('is recognised by id and fields', () => {
    expect(new NTNDArray().is(NTNDArray.wrap([1]))).toBe(true)
    const foreign = new TypeDef('struct', { value: 'any', dimension: [{ size: 'int32' }] })
    expect(new NTNDArray().is(foreign.create())).toBe(false)
  })
})

describe('compressed images', () => {
  const bytes = Uint8Array.of(1, 2, 3, 4, 5)

  it('unwrap gives the element type that codec.parameters holds', () => {
    const v = new NTNDArray().create({
      value: { select: 'ubyteValue', value: bytes },
      codec: { name: 'lz4', parameters: any('int32', 6) },
      uncompressedSize: 12,
      dimension: dimensions([3, 2]),
    })
    expect(NTNDArray.unwrap(v)).toMatchObject({ codec: 'lz4', elementType: 'uint16', shape: [2, 3] })
    for (const parameters of [null, any('string', 'x'), any('int32', 99)]) {
      v.$assign({ codec: { parameters } })
      expect(NTNDArray.unwrap(v).elementType).toBeUndefined()
    }
  })

  it.each([
    ['bool', 0, 6],
    ['uint8', 5, 6],
    ['int16', 2, 12],
    ['uint16', 6, 12],
    ['float32', 9, 24],
    ['float64', 10, 48],
  ] as const)('wrap takes a codec and the element type %s', (elementType, number, size) => {
    const m = NTNDArray.wrap(bytes, { shape: [2, 3], codec: 'blosc', elementType })
    expect(m.codec.$toObject()).toMatchObject({ name: 'blosc', parameters: { value: number } })
    expect([m.compressedSize, m.uncompressedSize]).toEqual([5n, BigInt(size)])
    expect(NTNDArray.unwrap(m)).toMatchObject({
      data: bytes,
      shape: [2, 3],
      codec: 'blosc',
      elementType,
      uncompressedSize: size,
    })
  })

  it('wrap does not refuse compressed data that is shorter than the shape', () => {
    expect(NTNDArray.unwrap(NTNDArray.wrap(bytes, { codec: 'jpeg', shape: [480, 640, 3] })).shape).toEqual([
      480, 640, 3,
    ])
    const own = NTNDArray.wrap(bytes, { codec: 'jpeg', uncompressedSize: 921_600 })
    expect(NTNDArray.unwrap(own)).toMatchObject({ shape: [], uncompressedSize: 921_600 })
    expect(() => NTNDArray.wrap(bytes, { shape: [480, 640] })).toThrow(InvalidArgumentError)
  })

  it.each([
    [{ codec: 5 }, /"codec"/],
    [{ codec: 'lz4', elementType: 'string' }, /"elementType" is one of bool, int8/],
    [{ elementType: 'uint8' }, /"elementType" .* goes with a codec/],
    [{ uncompressedSize: 5 }, /"uncompressedSize" .* goes with a codec/],
    [{ codec: 'lz4', uncompressedSize: -1 }, /"uncompressedSize"/],
    [{ uniqueId: 1.5 }, /"uniqueId"/],
    [{ uniqueID: 1 }, /did you mean "uniqueId"/],
  ])('wrap refuses %o', (options, why) => {
    expect(() => NTNDArray.wrap(bytes, options as never)).toThrow(InvalidArgumentError)
    expect(() => NTNDArray.wrap(bytes, options as never)).toThrow(why)
  })
})

it('NTNDArray.wrap(d, { uniqueId }) sets it, and leaves it alone without', () => {
  expect(NTNDArray.wrap(Uint8Array.of(1), { uniqueId: 7 }).uniqueId).toBe(7)
  expect(NTNDArray.wrap(Uint8Array.of(1)).$isChanged('uniqueId')).toBe(false)
})

describe("unwrap(v, 'ushortValue')", () => {
  it('gives a typed data', () => {
    const data: Uint16Array = NTNDArray.unwrap(NTNDArray.wrap(Uint16Array.of(1, 2)), 'ushortValue').data
    expect(data).toEqual(Uint16Array.of(1, 2))
    const Any = new TypeDef('struct', 'epics:nt/NTNDArray:1.0', { value: 'any' })
    expect(NTNDArray.unwrap(Any.create({ value: Uint16Array.of(5) }), 'ushortValue').data[0]).toBe(5)
  })

  it('refuses other elements, and says what they are', () => {
    const bytes = NTNDArray.wrap(Uint8Array.of(1))
    expect(() => NTNDArray.unwrap(bytes, 'ushortValue')).toThrow(TypeMismatchError)
    expect(() => NTNDArray.unwrap(bytes, 'ushortValue')).toThrow(/are in "ubyteValue", not in "ushortValue"/)
    expect(() => NTNDArray.unwrap(new NTNDArray().create(), 'ubyteValue')).toThrow(/are absent/)
    const lz4 = NTNDArray.wrap(Uint8Array.of(1), { shape: [9], codec: 'lz4', elementType: 'uint16' })
    expect(() => NTNDArray.unwrap(lz4, 'ushortValue')).toThrow(/compressed with "lz4"/)
  })
})
