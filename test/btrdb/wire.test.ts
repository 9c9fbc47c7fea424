// The messages, byte for byte, and what is not one.
import { beforeAll, describe, expect, it } from 'vitest'
import { calls, loadCodec, WireError, type Codec, type MessageName } from '../../lib-ts/btrdb/wire/index.js'
import { messages } from '../../lib-ts/btrdb/wire/schema.js'

let codec: Codec
beforeAll(async () => {
  codec = await loadCodec()
})

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex')
const double = (x: number): string => {
  const buffer = Buffer.alloc(8)
  buffer.writeDoubleLE(x)
  return buffer.toString('hex')
}
const long = (x: bigint): string => {
  const buffer = Buffer.alloc(8)
  buffer.writeBigInt64LE(x)
  return buffer.toString('hex')
}

describe('a message', () => {
  it('is written as the interface has it', () => {
    const uuid = bytes('00112233445566778899aabbccddeeff')
    const request = codec.encode('NearestRequest', { uuid, time: -2n, versionMajor: 300n, backward: true })
    expect(request.toString('hex')).toBe(`0a10${uuid.toString('hex')}11${long(-2n)}18ac022001`)
    const tags = [{ key: 'name', val: { value: 'é' } }, { key: 'unit' }]
    expect(
      codec
        .encode('LookupStreamsRequest', { collection: 'a', isCollectionPrefix: true, tags })
        .toString('hex'),
    ).toBe('0a0161' + '1001' + '1a0c' + '0a046e616d65' + '1204' + '0a02c3a9' + '1a06' + '0a04756e6974')
    expect(codec.encode('ArrowMultiValuesRequest', { versionMajor: [1n, 300n] }).toString('hex')).toBe(
      '120301ac02',
    )
  })

  it('has defaults for what was not sent', () => {
    expect(codec.decode('StreamInfoAnswer', new Uint8Array(0))).toEqual({
      stat: undefined,
      versionMajor: 0n,
      versionMinor: 0n,
      descriptor: undefined,
    })
    expect(codec.decode('RawValuesAnswer', new Uint8Array(0)).values.time).toHaveLength(0)
  })

  it('may have fields that nobody knows, and packed numbers as well as single ones', () => {
    const known = codec.decode(
      'NearestAnswer',
      bytes(`a20602 0a00 0a05 0891 0312 00 1007 9d03 00000000 f801 01`),
    )
    expect(known).toMatchObject({ versionMajor: 7n, stat: { code: 401, msg: '' } })
    expect(codec.decode('ArrowMultiValuesRequest', bytes('1203 01ac02 1005')).versionMajor).toEqual([
      1n,
      300n,
      5n,
    ])
  })

  it.each(Object.keys(messages) as MessageName[])('%s comes back as it was', (name) => {
    const message = filled(name)
    expect(codec.decode(name, codec.encode(name, message as never))).toEqual(message)
  })

  it('of every call is in the table', () => {
    for (const { request, answer } of Object.values(calls)) {
      expect(messages).toHaveProperty(request)
      expect(messages).toHaveProperty(answer)
    }
  })
})

const point = (time: bigint, value: number): string => `2212 09${long(time)} 11${double(value)}`

describe('points', () => {
  it('are read with and without the fields that proto3 leaves out, in any order', () => {
    const { values, versionMajor } = codec.decode(
      'RawValuesAnswer',
      bytes(
        `0a00 ${point(-5n, 1.5)} 2200 2209 09${long(7n)} 2209 11${double(-0)} 2212 11${double(2)} 09${long(3n)}` +
          ` 2214 09${long(2n ** 62n)} 11${double(5e-324)} 3801 1005 ${point(9n, 4)}`,
      ),
    )
    expect(values.time).toEqual(new BigInt64Array([-5n, 0n, 7n, 0n, 3n, 2n ** 62n, 9n]))
    expect(values.value).toEqual(new Float64Array([1.5, 0, 0, -0, 2, 5e-324, 4]))
    expect(versionMajor).toBe(5n)
  })

  it('are written from parts of columns', () => {
    const time = new BigInt64Array([1n, 2n, 3n]).subarray(1)
    const value = new Float64Array([1, 2, 3]).subarray(1)
    expect(codec.encode('InsertRequest', { values: { time, value } }).toString('hex')).toBe(
      `1a1209${long(2n)}11${double(2)}1a1209${long(3n)}11${double(3)}`,
    )
  })
})

describe('windows', () => {
  it('are read with and without the fields that proto3 leaves out', () => {
    const whole = `2236 09${long(-4n)} 11${double(1)} 19${double(2)} 21${double(3)} 29${long(4n)} 31${double(0.5)}`
    const { values } = codec.decode(
      'WindowsAnswer',
      bytes(`${whole} 2212 09${long(4n)} 29${long(1n)} ${whole}`),
    )
    expect(values).toEqual({
      time: new BigInt64Array([-4n, 4n, -4n]),
      min: new Float64Array([1, 0, 1]),
      mean: new Float64Array([2, 0, 2]),
      max: new Float64Array([3, 0, 3]),
      count: new BigUint64Array([4n, 1n, 4n]),
      stddev: new Float64Array([0.5, 0, 0.5]),
    })
  })
})

describe('bytes that are no message', () => {
  it.each([
    ['a field of the number 0', '02'],
    ['a group', '0b0c'],
    ['a wire type that there is not', '0f'],
    ['a varint of eleven bytes', '10ffffffffffffffffffff01'],
    ['a length beyond the end', '0a05'],
    ['a length of 2 GB in points', '22ffffffff07'],
    ['a length of more than 32 bits in points', '22ffffffffff01'],
    ['points of which the last is cut', `${point(1n, 1)} 2212 09${long(1n)}`],
    ['a point whose field goes beyond it', `2205 09${long(1n)}`],
    ['a point with a group', '22010b'],
    ['an inner message longer than its outer one', '0a02 1205 0000'],
  ])('such as %s are refused', (_, hex) => {
    expect(() => codec.decode('RawValuesAnswer', bytes(hex))).toThrow(WireError)
  })

  it('are refused wherever a message is cut, or are a shorter message', () => {
    for (const name of Object.keys(messages) as MessageName[]) {
      const whole = codec.encode(name, filled(name))
      for (let at = 0; at < whole.length; at++) {
        try {
          const read = codec.decode(name, whole.subarray(0, at))
          expect(codec.encode(name, read).length).toBeLessThanOrEqual(whole.length + 64)
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
      }
    }
  })

  it('never do more harm than an error, whatever they are', () => {
    let seed = 12345
    const random = (n: number): number => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % n
    let refused = 0
    for (const name of Object.keys(messages) as MessageName[]) {
      const whole = codec.encode(name, filled(name))
      for (let round = 0; round < 200 && whole.length > 0; round++) {
        const damaged = Buffer.from(whole)
        for (let i = 0; i <= random(3); i++) damaged[random(damaged.length)] = random(256)
        try {
          codec.decode(name, damaged)
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
          refused++
        }
      }
    }
    expect(refused).toBeGreaterThan(1000)
  })
})

/** A message with something in every field. */
function filled(name: string, depth = 0): Record<string, unknown> {
  const fields = messages[name as MessageName] as Record<string, readonly [number, string, 'many'?]>
  return Object.fromEntries(
    Object.entries(fields).map(([field, [number, kind, many]]) => {
      const one = (i: number): unknown => valueOf(kind, number + i + depth, depth)
      return [field, many === undefined ? one(0) : [one(1), one(2)]]
    }),
  )
}

function valueOf(kind: string, n: number, depth: number): unknown {
  const columns = (names: string[]): object =>
    Object.fromEntries(names.map((name) => [name, new Float64Array([n, -1.5])]))
  switch (kind) {
    case 'uint32':
    case 'double':
      return n * 70_000
    case 'int32':
      return -n
    case 'uint64':
      return 2n ** 64n - BigInt(n)
    case 'int64':
    case 'sfixed64':
      return -(2n ** 62n) - BigInt(n)
    case 'bool':
      return true
    case 'string':
      return `text ${n} żółć ${'x'.repeat(n * 12)}`
    case 'bytes':
      return new Uint8Array([n, 0, 255])
    case 'points':
      return { time: new BigInt64Array([BigInt(n), -1n]), ...columns(['value']) }
    case 'windows':
      return {
        time: new BigInt64Array([BigInt(n), -1n]),
        count: new BigUint64Array([1n, 2n ** 64n - 1n]),
        ...columns(['min', 'mean', 'max', 'stddev']),
      }
    default:
      return filled(kind, depth + 1)
  }
}
