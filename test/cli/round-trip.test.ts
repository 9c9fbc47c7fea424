// What get prints is what put reads: random values of every type, through raw and through csv.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { NTEnum, NTNDArray, NTScalar, NTTable, TypeDef, type MutableValue, type Value } from 'node-pvxs'
import { assign } from '../../lib-ts/cli/assign.js'
import { csvReading, csvRow, CSV_HEADER, rawText, tableRows } from '../../lib-ts/cli/output/plain.js'
import { shortest } from '../../lib-ts/cli/output/numbers.js'
import { tableOf } from '../../lib-ts/cli/output/reading.js'
import type { Reading } from '../../lib-ts/cli/words.js'
import { filled, plainCode, text } from '../unit/arbitrary.js'

const style = { number: shortest, enums: 'label', time: 'utc' } as const

/** What the PV holds after a put of that text to one that holds `before`. */
function written(before: Value, stream: string, how: Reading): string {
  const made = before.$clone().$unmark()
  const words = [{ text: stream, where: 'stdin', stream: true }]
  assign(made, 'x', { path: undefined, words, how })
  return text(made)
}

function csvOf(value: Value): string {
  const table = tableOf(value)
  return table === undefined
    ? csvRow(CSV_HEADER) + csvReading({ name: 'x', value, update: false }, style)
    : csvRow(table.names) + tableRows(table, style)
}

/** The same type, with nothing written but what is not the value itself: choices of an enum, labels of a table. */
function empty(value: Value): Value {
  const made = value.$type.create() as unknown as MutableValue
  for (const path of ['value.choices', 'labels']) if (Array.isArray(value[path])) made[path] = value[path]
  return made.$freeze()
}

const scalars = plainCode
  .filter((code) => !code.startsWith('any'))
  .chain((code) =>
    filled
      .map(() => code)
      .chain(() => valueOf(new TypeDef('struct', '', { value: new TypeDef(code) as TypeDef }))),
  )

function valueOf(type: TypeDef): fc.Arbitrary<Value> {
  const [member] = type.members
  const code = member?.type.code ?? 'int32'
  return contentOf(code).map((value) => type.create({ value } as never).$freeze() as Value)
}

function contentOf(code: string): fc.Arbitrary<unknown> {
  if (code.endsWith('[]')) return fc.array(contentOf(code.slice(0, -2)), { maxLength: 4 })
  const bits = Number(/\d+$/.exec(code)?.[0])
  if (code === 'bool') return fc.boolean()
  if (code === 'string') return words
  if (code === 'float64') return fc.double()
  if (code === 'float32') return fc.float()
  const min = code.startsWith('u') ? 0n : -(2n ** BigInt(bits - 1))
  const max = 2n ** BigInt(code.startsWith('u') ? bits : bits - 1) - 1n
  return fc.bigInt({ min, max })
}

// Text that a reader could take for something else.
const words = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '',
    '"',
    '"a"',
    ' "a" ',
    '"a',
    '[',
    '["a"]',
    '{}',
    '1',
    '-',
    '@',
    '@@',
    'a,b',
    'null',
    '\r',
    '\n',
    'a\r\n',
  ),
  fc.string({ unit: fc.constantFrom('"', ',', '\r', '\n', '[', ']', '\\', ' ', 'a', '=') }),
)

const enums = fc
  .tuple(fc.uniqueArray(words, { minLength: 1, maxLength: 4 }), fc.nat())
  .map(
    ([choices, n]) =>
      new NTEnum().create({ value: { index: n % choices.length, choices } }).$freeze() as unknown as Value,
  )

const columns = fc.record({
  i: fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { maxLength: 5 }),
  seed: fc.array(fc.tuple(words, fc.double(), fc.boolean()), { minLength: 5, maxLength: 5 }),
})
const tables = columns.map(({ i, seed }) => {
  const rows = seed.slice(0, i.length)
  return new NTTable({ i: 'int32', s: 'string', d: 'float64', b: 'bool' })
    .create({
      value: { i, s: rows.map(([s]) => s), d: rows.map(([, d]) => d), b: rows.map(([, , b]) => b) },
    })
    .$freeze()
})
const oneColumn = fc
  .array(words, { maxLength: 4 })
  .map((s) => new NTTable({ s: 'string' }).create({ value: { s } }).$freeze() as unknown as Value)

// A structure without `value` is written whole.
const structures = filled
  .filter((made) => !made.$type.members.some(({ name }) => name === 'value') && made.$type.members.length > 0)
  .map((made) => made.$freeze() as Value)

it.each([
  ['scalars and arrays', scalars],
  ['enums', enums],
  ['tables', tables],
  ['tables of one column', oneColumn],
  ['structures', structures],
] as const)('raw of %s is what put reads', (_, values) => {
  fc.assert(
    fc.property(values, (value) => {
      expect(written(empty(value), rawText(value, style), 'typed')).toBe(text(value))
    }),
    { numRuns: 500 },
  )
})

it.each([
  ['scalars and arrays', scalars],
  ['enums', enums],
  ['tables', tables],
  ['tables of one column', oneColumn],
  ['structures', structures],
] as const)('csv of %s is what put --csv reads', (_, values) => {
  fc.assert(
    fc.property(values, (value) => {
      expect(written(empty(value), csvOf(value), 'csv')).toBe(text(value))
    }),
    { numRuns: 500 },
  )
})

it('json of anything is what put --json reads', () => {
  fc.assert(
    fc.property(filled, (made) => {
      const value = made.$freeze() as Value
      expect(written(empty(value), text(value), 'json')).toBe(text(value))
    }),
    { numRuns: 500 },
  )
})

it('the member of a union stays the one that it is, and an image keeps the type of its pixels', () => {
  const Union = new TypeDef('struct', { value: new TypeDef('union', { a: 'int32', text: 'string' }) })
  const value = Union.create({ value: { select: 'text', value: '5' } }).$freeze() as unknown as Value
  expect(written(value, rawText(value, style), 'typed')).toBe(text(value))
  const image = NTNDArray.wrap(new Uint16Array([1, 2, 65535]), { shape: [3] }).$freeze() as unknown as Value
  expect(written(image, rawText(image, style), 'typed')).toBe(text(image))
})

it('integers that JavaScript numbers do not hold are exact in JSON', () => {
  const long = new NTScalar('int64[]')
    .create({ value: [9_007_199_254_740_993n] })
    .$freeze() as unknown as Value
  expect(written(long, '[9007199254740993, 18014398509481985]', 'typed')).toContain(
    '"value":["9007199254740993","18014398509481985"]',
  )
  const Any = new TypeDef('struct', { value: 'any', big: 'float64' })
  const any = Any.create().$freeze() as unknown as Value
  expect(written(any, '{"value": 9007199254740993, "big": 123456789012345680000}', 'json')).toBe(
    '{"value":{"type":"int64","value":"9007199254740993"},"big":123456789012345680000}',
  )
})
