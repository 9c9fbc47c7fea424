import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { TypeDef, Value } from '../../../lib-ts/data/index.js'
import { NTEnum, NTNDArray, NTScalar } from '../../../lib-ts/nt/index.js'

const Alarm = new TypeDef('struct', 'alarm_t', { severity: 'int32', status: 'int32', message: 'string' })
const Time = new TypeDef('struct', 'time_t', {
  secondsPastEpoch: 'int64',
  nanoseconds: 'int32',
  userTag: 'int32',
})
const Scalar = new TypeDef('struct', 'epics:nt/NTScalar:1.0', {
  value: 'float64',
  alarm: Alarm,
  timeStamp: Time,
  display: { units: 'string' },
})
const now = { secondsPastEpoch: 1_700_000_000n, nanoseconds: 1_002_003 }

function lines(value: { $freeze(): unknown }, options = {}): string[] {
  return inspect(value.$freeze(), options).split('\n')
}

describe('util.inspect', () => {
  it('shows a normative type in a line or two: id, value, alarm and time', () => {
    const v = Scalar.create({
      value: 42.5,
      alarm: { severity: 2, status: 1, message: 'hot' },
      timeStamp: now,
    })
    expect(lines(v)).toEqual([
      "epics:nt/NTScalar:1.0 { value: 42.5, alarm: MAJOR DEVICE 'hot',",
      '  timeStamp: 2023-11-14T22:13:20.001002003Z, … display }',
    ])
    expect(lines(Scalar.create())).toEqual([
      'epics:nt/NTScalar:1.0 { value: 0, alarm: NO_ALARM, timeStamp: not set, … display }',
    ])
  })

  it.each([
    [{ secondsPastEpoch: -1n, nanoseconds: 500 }, '1969-12-31T23:59:59.000000500Z'],
    [{ secondsPastEpoch: 2n ** 62n }, '4611686018427387904 s 0 ns'],
    [{ secondsPastEpoch: 5n, nanoseconds: -3 }, '5 s -3 ns'],
    [{ ...now, userTag: 7 }, '2023-11-14T22:13:20.001002003Z tag 7'],
    [{ userTag: 7 }, 'not set tag 7'],
  ])('shows the time %o as %s', (timeStamp, text) => {
    expect(inspect(new TypeDef('struct', { t: Time }).create({ t: timeStamp }).$freeze())).toBe(
      `Value { t: ${text} }`,
    )
  })

  // A record that was never processed has it.
  it('prints the EPICS epoch (631152000 s) as "not set", and not as a date', () => {
    const shown = (nanoseconds: number): string => {
      const t = { secondsPastEpoch: 631_152_000n, nanoseconds }
      return inspect(new TypeDef('struct', { t: Time }).create({ t }).$freeze())
    }
    expect(shown(0)).toBe('Value { t: not set }')
    expect(shown(1)).toBe('Value { t: 1990-01-01T00:00:00.000000001Z }')
  })

  it('shows an unknown severity or status by its number', () => {
    const v = new TypeDef('struct', { a: Alarm }).create({ a: { severity: 9, status: 77 } })
    expect(lines(v)).toEqual(['Value { a: severity 9 status 77 }'])
  })

  it('shows an enum with its choice', () => {
    const Enum = new TypeDef('struct', {
      value: new TypeDef('struct', 'enum_t', { index: 'int32', choices: 'string[]' }),
    })
    expect(lines(Enum.create({ value: { index: 1, choices: ['Off', 'On'] } }))).toEqual([
      "Value { value: 1 'On' of [ 'Off', 'On' ] }",
    ])
    expect(lines(Enum.create({ value: { index: 5, choices: ['Off'] } }))[0]).toContain('5 (no such choice)')
  })

  it('[91] cuts arrays at 20 elements and says how many there are', () => {
    const Arrays = new TypeDef('struct', { n: 'int32[]', s: 'string[]', b: 'bool[]', p: [{ x: 'int8' }] })
    const text = inspect(
      Arrays.create({
        n: Int32Array.from({ length: 1_000_000 }, (_, i) => i),
        s: Array.from({ length: 21 }, (_, i) => String(i)),
        b: [true],
        p: Array.from({ length: 25 }, () => ({ x: 1 })),
      }).$freeze(),
    )
    expect(text).toMatch(/n: int32\[1000000\] \[ 0, 1, .* 19,\s+… 999980 more of 1000000 \]/s)
    expect(text).toMatch(/'19',\s+… 1 more of 21 \]/)
    expect(text).toContain('b: [ true ]')
    expect(text).toContain('… 5 more of 25 ]')
    expect(text.length).toBeLessThan(1500)
  })

  const many = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i))
  it.each([
    ['25 doubles', new NTScalar('float64[]').create({ value: many(25, (i) => Math.PI * i) }), 2],
    ['30 texts', new NTScalar('string[]').create({ value: many(30, (i) => `text number ${i}`) }), 2],
    ['30 choices', new NTEnum().create({ value: { index: 1, choices: many(30, (i) => `choice ${i}`) } }), 2],
    ['an image', NTNDArray.wrap(new Uint16Array(6_000), { shape: [60, 100], attributes: { gain: 2 } }), 2],
    ['3 doubles', new NTScalar('float64[]').create({ value: [1, 2, 3] }), 1],
    ['two waveforms of another type', new TypeDef('struct', { a: 'float64[]', b: 'float64[]' }).create({ a: many(25, (i) => Math.PI * i), b: many(25, (i) => Math.PI * i) }), 4], // prettier-ignore
  ])('shows %s on as few lines as there are arrays', (_, value, count) => {
    const shown = lines(value)
    expect(shown).toHaveLength(count)
    for (const line of shown) expect(line.split('[ ').length - 1).toBe(line.split(' ]').length - 1)
  })

  it('[91] shows 64-bit integers, NaN, -0 and null as what they are', () => {
    const Odd = new TypeDef('struct', {
      l: 'int64',
      n: 'float64',
      z: 'float64',
      a: 'any',
      u: new TypeDef('union', { x: 'int8' }),
      list: [{ x: 'int8' }],
    })
    expect(lines(Odd.create({ l: -5n, n: NaN, z: -0, list: [null] }))).toEqual([
      'Value { l: -5n, n: NaN, z: -0, a: null, u: null, list: [ null ] }',
    ])
  })

  it('shows what a union selects and what type an any holds', () => {
    const Tagged = new TypeDef('struct', {
      u: new TypeDef('union', { x: 'int8', y: { z: 'string' } }),
      a: 'any',
    })
    const v = Tagged.create({ u: { select: 'y', value: { z: 't' } }, a: Tagged.create({ a: 'inner' }) })
    expect(lines(v)).toEqual([
      "Value { u: y → { z: 't' }, a: any struct { u: null, a: any string 'inner' } }",
    ])
  })

  it('[91] lets nothing through that a terminal could obey', () => {
    const Text = new TypeDef('struct', { s: 'string' })
    const text = inspect(Text.create({ s: `it's\\ a\u001b[31m\n\u0000\u007f\u0085\u2028\u202e` }).$freeze())
    expect(text).toBe(String.raw`Value { s: 'it\'s\\ a\u001b[31m\n\u0000\u007f\u0085\u2028\u202e' }`)
  })

  it('cuts long text', () => {
    const Text = new TypeDef('struct', { s: 'string' })
    const text = inspect(Text.create({ s: 'x'.repeat(100_000) }).$freeze())
    expect(text).toContain('… of 100000 characters')
    expect(text.length).toBeLessThan(300)
  })

  it('goes as deep as asked', () => {
    const Deep = new TypeDef('struct', { a: { b: { c: { d: { e: 'int8' } } } } })
    expect(lines(Deep.create())).toEqual(['Value { a: { b: { c: [struct] } } }'])
    expect(lines(Deep.create(), { depth: 0 })).toEqual(['Value { a: [struct] }'])
    expect(lines(Deep.create(), { depth: null })).toEqual(['Value { a: { b: { c: { d: { e: 0 } } } } }'])
  })

  it('[91] shows what changed where asked', () => {
    const v = Scalar.create({ value: 1, display: { units: 'mm' } })
    expect(lines(v, { changed: true })).toEqual([
      "epics:nt/NTScalar:1.0 { value: 1, display: { units: 'mm' } }",
    ])
  })

  it('shows a structure of many fields one per line', () => {
    const Ten = new TypeDef(
      'struct',
      'lab:Ten',
      Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`field_number_${i}`, 'float64'] as const)),
    )
    const shown = lines(Ten.create({}))
    expect(shown).toHaveLength(12)
    expect(shown.slice(0, 2)).toEqual(['lab:Ten {', '  field_number_0: 0,'])
  })

  it('says that a value is mutable, uses colours when asked, and works inside other objects', () => {
    const m = new TypeDef('struct', { x: 'int8' }).create()
    expect(inspect(m)).toBe('MutableValue { x: 0 }')
    expect(inspect({ list: [m.$freeze()] })).toBe('{ list: [ Value { x: 0 } ] }')
    expect(inspect(m.$freeze(), { colors: true })).toBe('Value { x: \u001b[33m0\u001b[39m }')
    expect(inspect(Object.create(Value.prototype))).toBe('[Value]')
  })
})
