import { describe, expect, it } from 'vitest'
import {
  alarm,
  AlarmSeverity,
  AlarmStatus,
  any,
  timeStamp,
  TypeDef,
  union,
} from '../../../lib-ts/data/index.js'
import { ConversionError, InvalidArgumentError } from '../../../lib-ts/errors.js'
import { NTScalar } from '../../../lib-ts/nt/index.js'

const Everything = new TypeDef('struct', 'all', {
  flag: 'bool',
  small: 'int8',
  big: 'int64',
  ubig: 'uint64',
  real: 'float64',
  single: 'float32',
  text: 'string',
  flags: 'bool[]',
  bigs: 'int64[]',
  ubigs: 'uint64[]',
  bytes: 'uint8[]',
  reals: 'float64[]',
  singles: 'float32[]',
  texts: 'string[]',
  nested: { deep: { x: 'uint64' } },
  list: [{ a: 'int64', b: 'any' }],
  choice: new TypeDef('union', { n: 'int64', f: 'float64', s: { x: 'float32' }, t: 'string' }),
  choices: new TypeDef('union[]', { n: 'int64', t: 'string' }),
  variant: 'any',
  variants: 'any[]',
})

const value = Everything.create({
  flag: true,
  small: -128,
  big: -(2n ** 63n),
  ubig: 2n ** 64n - 1n,
  real: NaN,
  single: -0,
  text: 'a "quoted" \u0000 é😀 line\n',
  flags: [true, false],
  bigs: [2n ** 63n - 1n],
  ubigs: [0n, 2n ** 64n - 1n],
  bytes: [0, 255],
  reals: [1.5, NaN, -Infinity, Infinity, -0, 5e-324],
  singles: [0.1, Infinity],
  texts: ['', 'NaN'],
  nested: { deep: { x: 1 } },
  list: [{ a: 2n ** 60n, b: any('float32', NaN) }, null],
  choice: union('s', { x: -Infinity }),
  choices: [union('t', '5'), null, 7],
  variant: new TypeDef('struct', 'inner', { w: 'int64[]', u: new TypeDef('union', { q: 'uint8' }) }).create({
    w: [2n ** 62n],
    u: 4,
  }),
  variants: [1, null, 'x', 0.5, any('uint8[]', [1, 2]), [1n, 'mixed'], [{ a: 1 }, null]],
})

describe('toJSON', () => {
  it('[96] loses nothing: create() of the type that was read back gives an equal value', () => {
    const text = JSON.stringify(value)
    const type = TypeDef.fromJSON(JSON.parse(JSON.stringify(value.$type)))
    const again = type.create(JSON.parse(text) as never)
    expect(JSON.stringify(again)).toBe(text)
    expect(again.$toObject()).toEqual(value.$toObject())
    expect(type.equals(Everything, { ids: true })).toBe(true)
    expect(JSON.stringify(value.$freeze())).toBe(text)
  })

  it('writes 64-bit integers and what JSON has no number for as text', () => {
    const json = JSON.parse(JSON.stringify(value)) as Record<string, unknown>
    expect(json).toMatchObject({
      big: '-9223372036854775808',
      ubigs: ['0', '18446744073709551615'],
      real: 'NaN',
      single: '-0',
      reals: [1.5, 'NaN', '-Infinity', 'Infinity', '-0', 5e-324],
      bytes: [0, 255],
      list: [{ a: '1152921504606846976', b: { type: 'float32', value: 'NaN' } }, null],
      choice: { select: 's', value: { x: '-Infinity' } },
      choices: [{ select: 't', value: '5' }, null, { select: 'n', value: '7' }],
    })
  })

  it('never throws, not even for an array whose memory is gone', () => {
    const frozen = Everything.create({ bytes: [1] }).$freeze()
    structuredClone(frozen.bytes.buffer, { transfer: [frozen.bytes.buffer as ArrayBuffer] })
    expect((JSON.parse(JSON.stringify(frozen)) as { bytes: unknown }).bytes).toEqual([])
  })

  it('[96] is refused where text is cut off, or does not fit', () => {
    expect(() => Everything.create({ big: '12x' as never })).toThrow(ConversionError)
    expect(() => JSON.parse(JSON.stringify(value).slice(0, -1)) as unknown).toThrow(SyntaxError)
  })
})

describe('timeStamp', () => {
  const Stamped = new TypeDef('struct', {
    timeStamp: { secondsPastEpoch: 'int64', nanoseconds: 'int32', userTag: 'int32' },
  })

  it('[98] takes a Date, nanoseconds and seconds', () => {
    const seconds = 1_700_000_000
    const expected = { secondsPastEpoch: BigInt(seconds), nanoseconds: 250_000_000 }
    expect(timeStamp(new Date(seconds * 1000 + 250))).toEqual(expected)
    expect(timeStamp(BigInt(seconds) * 1_000_000_000n + 250_000_000n)).toEqual(expected)
    expect(timeStamp(seconds + 0.25)).toEqual(expected)
  })

  it('counts nanoseconds up, also before 1970', () => {
    expect(timeStamp(-0.25)).toEqual({ secondsPastEpoch: -1n, nanoseconds: 750_000_000 })
    expect(timeStamp(-1n)).toEqual({ secondsPastEpoch: -1n, nanoseconds: 999_999_999 })
    expect(timeStamp(0.9999999999)).toEqual({ secondsPastEpoch: 1n, nanoseconds: 0 })
  })

  it('[98] marks only what it sets, and reads back', () => {
    const m = Stamped.create({ timeStamp: timeStamp(new Date(1234)) })
    expect([...m.$changed]).toEqual(['timeStamp.secondsPastEpoch', 'timeStamp.nanoseconds'])
    expect(m.$time).toEqual(new Date(1234))
    expect(m.$timeNs).toBe(1_234_000_000n)
    const before = Date.now()
    const now = Stamped.create({ timeStamp: timeStamp() }).$time as Date
    expect(now.getTime()).toBeGreaterThanOrEqual(before)
  })

  it('refuses what is not a time', () => {
    for (const x of [NaN, Infinity, new Date(NaN), '2020-01-01', null, 10n ** 40n]) {
      expect(() => timeStamp(x as never)).toThrow(InvalidArgumentError)
    }
  })
})

describe('alarm', () => {
  it('alarm() and alarm(0) clear: all three fields are set', () => {
    const clear = { severity: 0, status: 0, message: '' }
    for (const cleared of [alarm(), alarm(0), alarm('NO_ALARM'), alarm(0, 'NO_ALARM')])
      expect(cleared).toEqual(clear)
    const m = new NTScalar('int32').create({ alarm: alarm(2, 3, 'hot') }).$unmark()
    m.$assign({ alarm: alarm() })
    expect(m.alarm.$toObject()).toEqual(clear)
    expect(m.$changed.size).toBe(3)
  })

  it('severities and statuses have names, and numbers', () => {
    expect(alarm('MAJOR', 'HIHI')).toEqual({ severity: 2, status: 1, message: 'HIHI' })
    expect(alarm('MINOR', 'HIGH', 'warm')).toEqual({ severity: 1, status: 1, message: 'warm' })
    expect(alarm('INVALID', 'DRIVER')).toEqual({ severity: 3, status: 2, message: '' })
    expect(alarm(1, 3, 'HIGH')).toEqual({ severity: 1, status: 3, message: 'HIGH' })
    expect(alarm(AlarmSeverity.UNDEFINED, AlarmStatus.CLIENT)).toMatchObject({ severity: 4, status: 7 })
  })

  it.each([
    [[5], /severity is 0 to 4 or NO_ALARM, MINOR/],
    [[1.5], /severity/],
    [['MAJER'], /did you mean "MAJOR"/],
    [['toString'], /severity/],
    [[null], /severity/],
    [[1, 2 ** 31], /status is an int32/],
    [[1, 'HIHO'], /did you mean "HIHI"/],
    [[1, 0, 5], /message is text/],
  ])('refuses %o', (bad, why) => {
    const made = (): unknown => alarm(...(bad as unknown as Parameters<typeof alarm>))
    expect(made).toThrow(InvalidArgumentError)
    expect(made).toThrow(why)
  })
})

describe('union', () => {
  it('refuses a member that is not text', () => {
    expect(() => union(5 as never, 1)).toThrow(InvalidArgumentError)
  })
})
