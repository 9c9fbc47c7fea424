import { describe, expect, it } from 'vitest'
import { TypeDef, type TypeCode } from '../../../lib-ts/data/index.js'
import { InvalidArgumentError } from '../../../lib-ts/errors.js'
import { NTScalar, type NTScalarCode } from '../../../lib-ts/nt/index.js'

const SCALARS = [
  'bool',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'float32',
  'float64',
  'string',
] as const

function layout(type: TypeDef<never> | TypeDef): string[] {
  const flat = (members: TypeDef['members'], path: string): string[] =>
    members.flatMap(({ name, code, children }) =>
      code === 'struct' ? flat(children, `${path}${name}.`) : [`${path}${name} ${code}`],
    )
  return flat(type.members, '')
}

const BASE = [
  'alarm.severity int32',
  'alarm.status int32',
  'alarm.message string',
  'timeStamp.secondsPastEpoch int64',
  'timeStamp.nanoseconds int32',
  'timeStamp.userTag int32',
]

describe('NTScalar', () => {
  it.each(SCALARS)('[97] has value, alarm and timeStamp and nothing else for %s', (code) => {
    const type = new NTScalar(code).build()
    expect(type.id).toBe('epics:nt/NTScalar:1.0')
    expect(layout(type)).toEqual([`value ${code}`, ...BASE])
  })

  it.each(SCALARS)('[97] is an NTScalarArray for an array of %s, with limits of one element', (code) => {
    const array: NTScalarCode = `${code}[]`
    const type = new NTScalar(array, { control: true }).build()
    expect(type.id).toBe('epics:nt/NTScalarArray:1.0')
    const limits = ['limitLow', 'limitHigh', 'minStep'].map((name) => `control.${name} ${code}`)
    const numeric = code !== 'bool' && code !== 'string'
    expect(layout(type)).toEqual([`value ${array}`, ...BASE, ...(numeric ? limits : [])])
  })

  it('[97] has every part in the order of PVXS when all are asked for', () => {
    const type = new NTScalar('int16', { display: true, control: true, valueAlarm: true, form: true }).build()
    expect(layout(type).slice(7)).toEqual([
      'display.limitLow int16',
      'display.limitHigh int16',
      'display.description string',
      'display.units string',
      'display.precision int32',
      'display.form.index int32',
      'display.form.choices string[]',
      'control.limitLow int16',
      'control.limitHigh int16',
      'control.minStep int16',
      'valueAlarm.active bool',
      'valueAlarm.lowAlarmLimit int16',
      'valueAlarm.lowWarningLimit int16',
      'valueAlarm.highWarningLimit int16',
      'valueAlarm.highAlarmLimit int16',
      'valueAlarm.lowAlarmSeverity int32',
      'valueAlarm.lowWarningSeverity int32',
      'valueAlarm.highWarningSeverity int32',
      'valueAlarm.highAlarmSeverity int32',
      'valueAlarm.hysteresis float64',
    ])
    const ids = type.members.map(({ name, id }) => `${name}:${id}`)
    expect(ids).toEqual([
      'value:',
      'alarm:alarm_t',
      'timeStamp:time_t',
      'display:',
      'control:',
      'valueAlarm:',
    ])
    const form = type.members
      .find(({ name }) => name === 'display')
      ?.children.find(({ name }) => name === 'form')
    expect(form?.id).toBe('enum_t')
  })

  it.each(['string', 'bool', 'string[]'] as const)('[97] shows description and units only for %s', (code) => {
    const type = new NTScalar(code, { display: true, control: true, valueAlarm: true, form: true }).build()
    expect(layout(type).slice(7)).toEqual(['display.description string', 'display.units string'])
  })

  it('brings display along when form is asked for', () => {
    expect(layout(new NTScalar('float64', { form: true }).build())).toContain('display.form.index int32')
  })

  it('leaves out what an option says no to', () => {
    expect(layout(new NTScalar('float64', { display: false, control: false }).build())).toHaveLength(7)
  })

  it('builds its type once', () => {
    const scalar = new NTScalar('float64')
    expect(scalar.build()).toBe(scalar.build())
  })

  it.each(['struct', 'union', 'any', 'any[]', 'int128', '', undefined, 5] as unknown[])(
    'refuses the code %j',
    (code) => {
      expect(() => new NTScalar(code as NTScalarCode)).toThrow(InvalidArgumentError)
    },
  )

  it('names an option it does not have', () => {
    expect(() => new NTScalar('int32', { displya: true } as never)).toThrow(
      /unknown option "displya" of NTScalar; did you mean "display"\?/,
    )
    expect(() => new NTScalar('int32', { display: 1 } as never)).toThrow(/display.*true or false/)
    expect(() => new NTScalar('int32', null as unknown as object)).toThrow(InvalidArgumentError)
  })

  it('creates values with defaults, initial ones marked', () => {
    const m = new NTScalar('float64', { display: true }).create({ value: 1.5, display: { units: 'mm' } })
    expect(m.value).toBe(1.5)
    expect(m.display.units).toBe('mm')
    expect(m.display.limitLow).toBe(0)
    expect([...m.$changed].sort()).toEqual(['display.units', 'value'])
  })
})

describe('NTScalar.is', () => {
  const scalar = (id: string, value: TypeCode): unknown =>
    new TypeDef('struct', id, { value }).create().$freeze()

  it('accepts its own, later versions, and values without the optional parts', () => {
    const int32 = new NTScalar('int32')
    expect(int32.is(int32.create())).toBe(true)
    expect(int32.is(scalar('epics:nt/NTScalar:1.0', 'int32'))).toBe(true)
    expect(int32.is(scalar('epics:nt/NTScalar:2.7', 'int32'))).toBe(true)
    expect(new NTScalar('int32[]').is(scalar('epics:nt/NTScalarArray:1.0', 'int32[]'))).toBe(true)
  })

  it('accepts a value that has more than was asked for, and not one that has less', () => {
    const wide = new NTScalar('float64', { display: true, control: true })
    expect(new NTScalar('float64').is(wide.create())).toBe(true)
    expect(wide.is(new NTScalar('float64', { display: true }).create())).toBe(false)
  })

  it('rejects another code, another id, and what is not a value', () => {
    const int32 = new NTScalar('int32')
    expect(int32.is(scalar('epics:nt/NTScalar:1.0', 'int64'))).toBe(false)
    expect(int32.is(scalar('epics:nt/NTScalarArray:1.0', 'int32'))).toBe(false)
    expect(int32.is(scalar('lab:Motor', 'int32'))).toBe(false)
    for (const other of [undefined, null, 5, {}, { $id: 'epics:nt/NTScalar:1.0', value: 1 }]) {
      expect(int32.is(other)).toBe(false)
    }
  })
})
