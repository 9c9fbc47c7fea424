// Samples of every type, with everything a sample can hold.
import fc from 'fast-check'
import type { Sample, Series } from 'node-pvxs/telemetry'

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

/** A sample of any type. */
export const anySample: fc.Arbitrary<Sample> = fc.constantFrom(...types).chain(
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
