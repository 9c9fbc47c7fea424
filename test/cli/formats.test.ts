// The formats by themselves: numbers, escapes, widths, and what holds for all of them.
import fc from 'fast-check'
import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { NTScalar, TypeDef, type Value } from 'node-pvxs'
import { Formatter, type FormatOptions } from '../../lib-ts/cli/output/formats.js'
import { failureText } from '../../lib-ts/cli/failures.js'
import { formatOf } from '../../lib-ts/cli/output/format.js'
import { jsonLine, Written } from '../../lib-ts/cli/output/json.js'
import { layout } from '../../lib-ts/cli/output/layout.js'
import { rounded, shortest } from '../../lib-ts/cli/output/numbers.js'
import { isoText, timeText } from '../../lib-ts/cli/output/times.js'
import { aligned, cellsOf } from '../../lib-ts/cli/output/width.js'
import { escapeControls, escapeLine } from '../../lib-ts/input/index.js'
import { onPosix } from '../needs.js'
import { filled, input, type as anyType } from '../unit/arbitrary.js'

const ACTS =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|\p{Surrogate}/u

const options: FormatOptions = {
  format: 'line',
  maxItems: undefined,
  precision: undefined,
  time: 'utc',
  enums: 'label',
  int64: 'string',
  color: false,
  terminal: false,
}

const frozen = (type: TypeDef, value: object): Value => type.create(value as never).$freeze() as Value

describe('numbers', () => {
  it.each([
    [0.1, 'float64', '0.1'],
    [Math.fround(0.1), 'float32', '0.1'],
    [Math.fround(16777217.5), 'float32', '16777218'],
    [-0, 'float64', '-0'],
    [NaN, 'float64', 'nan'],
    [-Infinity, 'float32', '-inf'],
    [1e300, 'float64', '1e+300'],
    [2n ** 63n, 'uint64', '9223372036854775808'],
  ] as const)('are shortest: %s as %s', (x, code, text) => {
    expect(shortest(x, code)).toBe(text)
  })

  it('of single precision read back exactly', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (x) => {
        const text = shortest(x, 'float32')
        expect(Object.is(Math.fround(Number(text)), x)).toBe(true)
        expect(text.length).toBeLessThanOrEqual(String(x).length + 1) // -0
      }),
    )
  })

  it.skipIf(onPosix.missing)(onPosix.named('are rounded as printf does it'), () => {
    const ties = [
      0.5,
      1.5,
      2.5,
      100000.5,
      100001.5,
      1e15 + 0.5,
      0.125,
      1e21,
      123456.5,
      5e-324,
      0.0001,
      0.00001,
    ]
    const random = fc.sample(fc.double({ noNaN: true, noDefaultInfinity: true }), 150)
    const cases = [...ties, ...random].flatMap((x) => [1, 3, 6, 17].map((n) => [x, n] as const))
    const said = execFileSync(
      'python3',
      [
        '-c',
        'import sys\nfor line in sys.stdin:\n  n, x = line.split()\n  print("%.*g" % (int(n), float(x)))',
      ],
      { input: cases.map(([x, n]) => `${n} ${Object.is(x, -0) ? '-0' : x}\n`).join(''), encoding: 'utf8' },
    )
    expect(cases.map(([x, n]) => rounded(n)(x, 'float64'))).toEqual(said.trimEnd().split('\n'))
  })
})

describe('times', () => {
  it('are shown in milliseconds, and exact in JSON', () => {
    expect(timeText(1_796_052_286_217_999_999n, 'utc')).toBe('2026-11-30 15:24:46.217')
    expect(timeText(-1n, 'utc')).toBe('1969-12-31 23:59:59.999')
    expect(timeText(-1_500_000_000n, 'unix')).toBe('-1.500000000')
    expect(isoText(-1n)).toBe('1969-12-31T23:59:59.999999999Z')
    expect(timeText(0n, 'utc')).toBe('-')
    expect(isoText(0n)).toBeUndefined()
  })

  it('outside the calendar are seconds', () => {
    expect(timeText(2n ** 62n * 1_000_000_000n, 'local')).toBe(`${2n ** 62n}.000000000`)
  })
})

describe('text', () => {
  it('of any kind is harmless on a line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(escapeLine(text)).not.toMatch(ACTS)
        expect(escapeLine(text)).not.toContain('\n')
        expect(escapeControls(text).replaceAll('\t', '')).not.toMatch(ACTS)
      }),
    )
  })

  it('is shown with the escapes of C, and other text as it is', () => {
    expect(escapeLine('a\n\t\u001b\u009b\u202e\ud800日本😀é')).toBe('a\\n\\t\\x1b\\x9b\\u202e\\ud800日本😀é')
  })

  it('is as wide as a terminal shows it', () => {
    expect(['abc', '日本', 'é', 'e\u0301', '😀', '👩‍👩‍👧', 'ｱ', '한'].map(cellsOf)).toEqual([
      3, 4, 1, 1, 2, 2, 1, 2,
    ])
    expect(
      aligned([
        ['日', 'x'],
        ['a', 'y'],
      ]),
    ).toEqual(['日  x', 'a   y'])
  })
})

describe('every format', () => {
  const nastyText = fc.string({ unit: 'binary', maxLength: 20 })
  const formats = [
    'line',
    'delta',
    'tree',
    'json',
    'csv',
    'raw',
    '{name} {value} {units} {display.units} {severity}',
  ].map((text) => formatOf(text, '-F'))

  it('keeps controls of the network from a terminal', () => {
    const type = new NTScalar('string', { display: true }).build()
    fc.assert(
      fc.property(nastyText, nastyText, fc.constantFrom(...formats), (a, b, format) => {
        const clean = (text: string): string => text.replace(/\p{Surrogate}/gu, '?')
        const value = frozen(type, {
          value: clean(a),
          alarm: { severity: 1, message: clean(b) },
          display: { units: clean(b), description: clean(a) },
        })
        const text = new Formatter({ ...options, format, terminal: true }, [a]).reading({
          name: a,
          value,
          update: true,
        })
        expect(text.replaceAll('\t', '')).not.toMatch(ACTS)
      }),
      { numRuns: 500 },
    )
    expect(failureText('a\u001b', new Error('b\u001b'), true)).not.toMatch(ACTS)
  })

  it('prints any value of any type', () => {
    fc.assert(
      fc.property(filled, fc.constantFrom(...formats.slice(0, 6)), (made, format) => {
        const value = made.$freeze() as Value
        const text = new Formatter({ ...options, format, terminal: true }, ['x']).reading({
          name: 'x',
          value,
          update: true,
        })
        expect(text.replaceAll('\t', '')).not.toMatch(ACTS)
      }),
      { numRuns: 300 },
    )
  })

  it('json is read back as the same value, with bare 64-bit integers too', () => {
    fc.assert(
      fc.property(filled, fc.constantFrom('string', 'number'), (made, int64) => {
        const value = made.$freeze() as Value
        const formatter = new Formatter({ ...options, format: 'json', int64: int64 }, ['x'])
        const line = formatter.reading({ name: 'x', value, update: false })
        const quoted = int64 === 'string' ? line : line.replace(/([[:,])(-?\d{16,})(?=[,\]}])/g, '$1"$2"')
        const { data } = JSON.parse(quoted) as { data: object }
        expect(frozen(value.$type, data).toJSON()).toEqual(value.toJSON())
      }),
      { numRuns: 300 },
    )
  })
})

it('a layout shows the ids of arrays of structures, and no control of a hostile id', () => {
  const type = new TypeDef('struct', 'a\u001b[31m\nb', [
    new TypeDef('struct[]', 'lab:Axis', { x: 'float64' }).as('axes'),
  ])
  expect(layout(type)).toBe(
    'struct "a\\x1b[31m\\nb" {\n    struct[] "lab:Axis" {\n        double x\n    } axes\n}',
  )
})

/** The data of a line that nothing was written before. */
function dataLine(value: Value): string {
  const line = jsonLine({ name: 'x', value, update: false }, 'string')
  return line.slice(line.indexOf('"data":') + 7, -2)
}

describe('JSON of long arrays', () => {
  it.each(['float64[]', 'float32[]', 'int32[]', 'uint8[]', 'int64[]'] as const)(
    'is what JSON.stringify makes of %s, whatever its length',
    (code) => {
      const type = new TypeDef('struct', { value: code, texts: 'string[]' })
      const odd = [-0, NaN, Infinity, -Infinity, 0.1]
      const item = (k: number): unknown =>
        code === 'int64[]' ? BigInt(k) : code.startsWith('float') && k % 4_095 < 5 ? odd[k % 4_095] : k % 100
      for (const length of [0, 1, 8_191, 8_192, 8_193, 20_000]) {
        const value = frozen(type, {
          value: Array.from({ length }, (_, k) => item(k)),
          texts: ['é', '\u009b'],
        })
        expect(JSON.parse(dataLine(value))).toEqual(value.toJSON())
      }
    },
  )
})

describe('JSON of updates', () => {
  it('is what JSON.stringify makes of each, whatever was written before', () => {
    const pair = anyType.chain((type) => fc.tuple(fc.constant(type), input(type), input(type), fc.boolean()))
    fc.assert(
      fc.property(pair, ([type, first, second, partly]) => {
        const written = new Written()
        const one = type.create(first as never).$freeze() as Value
        const change = type.create(second as never).$freeze() as Value
        const [name] = type.members.map((member) => member.name)
        const mixed = one.$clone()
        if (partly && name !== undefined) mixed.$assign({ [name]: change.$get(name) })
        const other = partly ? (mixed.$freeze() as Value) : change
        for (const value of [one, other, one, one]) {
          expect(JSON.parse(written.text(value))).toEqual(value.toJSON())
          expect(written.text(value)).toBe(dataLine(value))
        }
      }),
      { numRuns: 300 },
    )
  })
})
