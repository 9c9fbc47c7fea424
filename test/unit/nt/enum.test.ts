import { describe, expect, it } from 'vitest'
import { enumIndex, TypeDef, type MutableValue } from '../../../lib-ts/data/index.js'
import { ConversionError, InvalidArgumentError } from '../../../lib-ts/errors.js'
import { NTEnum } from '../../../lib-ts/nt/index.js'

const power = (index: number) => new NTEnum().create({ value: { index, choices: ['Off', 'On', 'Auto'] } })

describe('NTEnum', () => {
  it('has an enum_t, alarm and timeStamp, and a description when asked for', () => {
    const type = new NTEnum().build()
    expect(type.id).toBe('epics:nt/NTEnum:1.0')
    expect(type.members.map(({ name, id }) => `${name} ${id}`)).toEqual([
      'value enum_t',
      'alarm alarm_t',
      'timeStamp time_t',
    ])
    const display = new NTEnum({ display: true }).build().members[3]
    expect(display?.children.map(({ name, code }) => `${name} ${code}`)).toEqual(['description string'])
  })

  it('gives the label of the choice that is set', () => {
    expect(NTEnum.label(power(1))).toBe('On')
    expect(NTEnum.label(power(2).$freeze())).toBe('Auto')
  })

  it('gives undefined for an index out of range', () => {
    expect(NTEnum.label(power(3))).toBeUndefined()
    expect(NTEnum.label(power(-1))).toBeUndefined()
    expect(NTEnum.label(new NTEnum().create())).toBeUndefined()
  })

  it('gives undefined for a value that is not an enumeration', () => {
    const other = new TypeDef('struct', { value: 'int32' }).create({ value: 1 })
    expect(NTEnum.label(other)).toBeUndefined()
    expect(NTEnum.index(other, 'On')).toBeUndefined()
  })

  it('gives the index of a label, undefined when it is unknown', () => {
    expect(NTEnum.index(power(0), 'Auto')).toBe(2)
    expect(NTEnum.index(power(0), 'auto')).toBeUndefined()
  })

  it('reads an enum_t by itself', () => {
    const v = power(1).$freeze()
    expect(NTEnum.label(v.value)).toBe('On')
    expect(NTEnum.index(v.value, 'Auto')).toBe(2)
  })

  it.each([
    ['On', 1],
    ['2', 2],
    [0, 0],
    [2n, 2],
  ])('is set by assigning %o where it holds its choices', (input, index) => {
    const m = power(1).$unmark() as MutableValue
    m['value'] = input
    expect(m['value.index']).toBe(index)
    expect([...m.$changed]).toEqual(['value.index'])
    expect(power(1).$assign({ value: input }).value.index).toBe(index)
  })

  it('takes its choices and one of them at once', () => {
    const m = new NTEnum().create({ 'value.choices': ['a', 'b'], value: 'b' })
    expect(m.value.index).toBe(1)
  })

  it.each(['nosuch', 3, -1, 1.5, null, [], new Map()] as unknown[])(
    'refuses %o, and stays as it was',
    (input) => {
      const m = power(1) as MutableValue
      expect(() => (m['value'] = input)).toThrow(ConversionError)
      expect(() => new NTEnum().create({ 'value.choices': ['a', 'b'], value: input as string })).toThrow(
        ConversionError,
      )
      expect(m['value.index']).toBe(1)
    },
  )

  it('recognises its own and refuses others', () => {
    expect(new NTEnum().is(power(0))).toBe(true)
    expect(new NTEnum({ display: true }).is(power(0))).toBe(false)
    expect(new NTEnum().is(new NTEnum({ display: true }).create())).toBe(true)
    const bare = new TypeDef('struct', 'epics:nt/NTEnum:1.0', { value: 'int32' }).create()
    expect(new NTEnum().is(bare)).toBe(false)
  })

  it('names an option it does not have', () => {
    expect(() => new NTEnum({ choices: [] } as never)).toThrow(InvalidArgumentError)
  })
})

describe('enumIndex', () => {
  const choices = ['Off', 'On', '0', ' 7 ']

  it.each([
    ['Off', 0],
    ['On', 1],
    ['1', 1],
    [' 1 ', 1],
    ['0x3', 3],
    ['+2', 2],
    [3, 3],
    [2n, 2],
    [true, 1],
  ] as const)('takes %s as %i', (input, index) => {
    expect(enumIndex(choices, input)).toBe(index)
  })

  it('prefers the label over the number it looks like', () => {
    expect(enumIndex(choices, '0')).toBe(2)
    expect(enumIndex(choices, ' 7 ')).toBe(3)
  })

  it.each([
    'on',
    '4',
    '-1',
    '1.0',
    '',
    ' ',
    '1e0',
    4,
    -1,
    1.5,
    NaN,
    2n ** 64n,
    null,
    undefined,
    {},
    [],
  ] as unknown[])('refuses %o with the choices', (input) => {
    expect(() => enumIndex(choices, input, 'value.index')).toThrow(ConversionError)
    expect(() => enumIndex(choices, input, 'value.index')).toThrow(/^value\.index: .*0 "Off", 1 "On"/)
  })

  it.each([
    [0, 0],
    [2, 2],
    ['2', 2],
    [' 0x10 ', 16],
    [3n, 3],
  ] as const)('takes %s as the index while there are no choices', (input, index) => {
    expect(enumIndex([], input)).toBe(index)
  })

  it.each(['Auto', -1, 1.5, '', null] as unknown[])('refuses %o while there are no choices', (input) => {
    expect(() => enumIndex([], input)).toThrow(ConversionError)
    expect(() => enumIndex([], input)).toThrow(/there are none, so it takes an index/)
  })

  it('cuts long lists and long texts', () => {
    const many = Array.from({ length: 1000 }, (_, i) => `choice ${i}`)
    const failure = (() => {
      try {
        enumIndex(many, 'x'.repeat(1_000_000))
      } catch (e) {
        return e as ConversionError
      }
      return undefined
    })()
    expect(failure?.message).toContain('1000 in all')
    expect(failure?.message.length).toBeLessThan(1000)
    expect(failure?.path).toBe('value')
  })
})
