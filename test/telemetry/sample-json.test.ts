// Samples as lines of JSON and back.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeJson, encodeJson, type Sample, type Series } from 'node-pvxs/telemetry'

const text = fc.string({ unit: 'binary' })
const int = (bits: number): fc.Arbitrary<number> =>
  fc.oneof(
    fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 }),
    fc.constantFrom(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1),
  )
const uint = (bits: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: 2 ** bits - 1 })
const scalars: Record<string, fc.Arbitrary<unknown>> = {
  bool: fc.boolean(),
  int8: int(8),
  int16: int(16),
  int32: int(32),
  int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  uint8: uint(8),
  uint16: uint(16),
  uint32: uint(32),
  uint64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  float32: fc.float(),
  float64: fc.double(),
  string: text,
}
const views: Record<string, { from(items: never[]): unknown }> = {
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  float32: Float32Array,
  float64: Float64Array,
}

function valueOf(type: string): fc.Arbitrary<unknown> {
  if (type === 'enum') return uint(4)
  if (!type.endsWith('[]')) return scalars[type] as fc.Arbitrary<unknown>
  const code = type.slice(0, -2)
  return fc
    .array(scalars[code] as fc.Arbitrary<unknown>, { maxLength: 8 })
    .map((items) => views[code]?.from(items as never[]) ?? items)
}

const types = [...Object.keys(scalars), ...Object.keys(scalars).map((code) => `${code}[]`), 'enum']

const anySample: fc.Arbitrary<Sample> = fc.constantFrom(...types).chain(
  (type) =>
    fc.record(
      {
        series: fc.record(
          {
            id: text.filter((id) => id !== ''),
            type: fc.constant(type as Series['type']),
            units: text.filter((it) => it !== ''),
            description: text.filter((it) => it !== ''),
            choices: fc.array(text, { maxLength: 4 }),
            labels: fc.dictionary(
              text.filter((it) => it !== '__proto__'),
              text,
              { noNullPrototype: true },
            ),
          },
          { requiredKeys: ['id', 'type'] },
        ),
        time: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        value: fc.oneof({ weight: 9, arbitrary: valueOf(type) }, fc.constant(null)) as fc.Arbitrary<
          Sample['value']
        >,
        severity: fc.constantFrom(0, 1, 2, 3, 4),
        status: fc.integer({ min: 0, max: 10 }),
        message: text.filter((it) => it !== ''),
      },
      { requiredKeys: ['series', 'time', 'value', 'severity'] },
    ) as fc.Arbitrary<Sample>,
)

const series = (type: Series['type'], more: Partial<Series> = {}): Series => ({ id: 'x', type, ...more })
const sample = (type: Series['type'], value: Sample['value'], more: Partial<Series> = {}): Sample => ({
  series: series(type, more),
  time: 1_700_000_000_123_456_789n,
  value,
  severity: 0,
})

describe('a sample as JSON', () => {
  it('comes back the same, for every type and any text', () => {
    fc.assert(
      fc.property(anySample, (given) => {
        const line = encodeJson(given)
        expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e]/)
        expect(decodeJson(line)).toEqual(given)
      }),
      { numRuns: 2_000 },
    )
  })

  it.each<[string, Sample, string]>([
    ['64-bit integers as text', sample('int64', 9_007_199_254_740_993n), '"value":"9007199254740993"'],
    ['NaN as text', sample('float64', NaN), '"value":"NaN"'],
    ['minus infinity as text', sample('float32', -Infinity), '"value":"-Infinity"'],
    ['minus zero as a number', sample('float64', -0), '"value":-0,'],
    ['float32 in its shortest digits', sample('float32', Math.fround(0.1)), '"value":0.1,'],
    ['arrays as arrays', sample('float64[]', Float64Array.of(1, NaN, -0)), '"value":[1,"NaN",-0]'],
    ['times as text', sample('int8', 1), '"time":"1700000000123456789"'],
    [
      'an enum by index, with its label',
      sample('enum', 1, { choices: ['Off', 'On'] }),
      '"value":1,"severity":0,"label":"On","choices":["Off","On"]',
    ],
  ])('has %s', (_, given, part) => {
    expect(encodeJson(given)).toContain(part)
  })

  it('is read with its fields in any order and others between them', () => {
    const line =
      '{"severity":2,"else":{"a":[1]},"value":5,"time":"7","status":3,"type":"uint8","pv":"lab:n","message":"hot"}'
    expect(decodeJson(line)).toEqual({
      series: { id: 'lab:n', type: 'uint8' },
      time: 7n,
      value: 5,
      severity: 2,
      status: 3,
      message: 'hot',
    })
  })

  it.each([
    ['{"pv":"x"', 'not JSON'],
    ['5', 'an object, not 5'],
    ['{"type":"int8","time":"1","value":1,"severity":0}', '"pv" is the name'],
    ['{"pv":"x","type":"int7","time":"1","value":1,"severity":0}', '"int7"'],
    ['{"pv":"x","type":"int8","time":1,"value":1,"severity":0}', '"time" is nanoseconds as text, not 1'],
    ['{"pv":"x","type":"int8","time":"9223372036854775808","value":1,"severity":0}', 'does not fit 64 bits'],
    ['{"pv":"x","type":"int8","time":"1","value":128,"severity":0}', '128 does not fit int8'],
    ['{"pv":"x","type":"int8[]","time":"1","value":[1,128],"severity":0}', '128 does not fit int8'],
    ['{"pv":"x","type":"int8[]","time":"1","value":[null],"severity":0}', 'an element is null'],
    ['{"pv":"x","type":"string[]","time":"1","value":["a",1],"severity":0}', 'text, not 1'],
    ['{"pv":"x","type":"int64","time":"1","value":5,"severity":0}', 'a bigint, not 5'],
    ['{"pv":"x","type":"float64","time":"1","value":"nan","severity":0}', 'a number, not "nan"'],
    ['{"pv":"x","type":"float64","time":"1","severity":0}', 'a number, not undefined'],
    ['{"pv":"x","type":"float64","time":"1","value":1,"severity":5}', 'from 0 to 4, not 5'],
    ['{"pv":"x","type":"float64","time":"1","value":1,"severity":0,"units":5}', '"units" is text, not 5'],
    ['{"pv":"x","type":"enum","time":"1","value":1,"severity":0,"choices":[5]}', 'choices'],
    ['{"pv":"x","type":"enum","time":"1","value":1,"severity":0,"labels":{"a":1}}', '"labels"'],
    ['{"pv":"x","type":"float64","time":"1","value":1,"severity":0,"message":5}', 'message'],
  ])('is refused with a reason: %s', (line, reason) => {
    expect(() => decodeJson(line)).toThrow(reason)
  })
})
