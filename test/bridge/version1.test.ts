import { expect, it } from 'vitest'
import {
  alarm,
  NTEnum,
  NTNDArray,
  NTScalar,
  NTTable,
  SharedPV,
  timeStamp,
  TypeDef,
  type NTScalarCode,
  type Value,
} from 'node-pvxs'
import { encodeUpdate1 } from '../../lib-ts/pvws/index.js'

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

const parts = (value: Value, path = ''): Record<string, unknown> => {
  const { meta, value: text, time, severity } = encodeUpdate1(value, path, base64, 0)
  return { ...(JSON.parse(`{"x":0${meta}${text}${time}}`) as object), severity }
}

const scalar = (code: NTScalarCode, value: unknown): Record<string, unknown> =>
  parts(new NTScalar(code as 'float64').create({ value: value as number }))

const raw = (code: NTScalarCode, value: unknown): string =>
  encodeUpdate1(new NTScalar(code as 'float64').create({ value: value as number }), '', base64, 0).value

it.each([
  ['float64', 1.5, 'VDouble', ',"value":1.5'],
  ['float32', 0.5, 'VFloat', ',"value":0.5'],
  ['int8', -128, 'VByte', ',"value":-128'],
  ['int16', -32768, 'VShort', ',"value":-32768'],
  ['int32', 7, 'VInt', ',"value":7'],
  ['int64', 9007199254740993n, 'VLong', ',"value":9007199254740993'],
  ['uint8', 255, 'VUByte', ',"value":255'],
  ['uint16', 65535, 'VUShort', ',"value":65535'],
  ['uint32', 4294967295, 'VUInt', ',"value":4294967295'],
  ['uint64', 18446744073709551615n, 'VULong', ',"value":18446744073709551615'],
  ['float64', NaN, 'VDouble', ',"value":"NaN"'],
  ['float64', Infinity, 'VDouble', ',"value":"NaN"'],
  ['float64', -0, 'VDouble', ',"value":-0'],
  ['float64', 1e300, 'VDouble', ',"value":1e+300'],
] as const)('%s %s is a %s with all its digits', (code, value, vtype, text) => {
  expect(raw(code, value)).toBe(text)
  expect(scalar(code, value)['vtype']).toBe(vtype)
})

it('a boolean is an enum of false and true', () => {
  expect(scalar('bool', true)).toMatchObject({
    vtype: 'VEnum',
    value: 1,
    text: 'true',
    labels: ['false', 'true'],
  })
})

it('an enum has index, label and labels; an index without a label is its own text', () => {
  const choices = ['Off', 'On']
  expect(parts(new NTEnum().create({ value: { index: 1, choices } }))).toMatchObject({
    vtype: 'VEnum',
    value: 1,
    text: 'On',
    labels: choices,
  })
  expect(parts(new NTEnum().create({ value: { index: 7, choices } }))).toMatchObject({ value: 7, text: '7' })
})

it.each([
  ['float64[]', [1, 2], 'VDoubleArray', 'b64dbl', Float64Array.of(1, 2)],
  ['float32[]', [1, 2], 'VFloatArray', 'b64flt', Float32Array.of(1, 2)],
  ['int8[]', [-1, 2], 'VByteArray', 'b64byt', Int8Array.of(-1, 2)],
  ['uint8[]', [255, 2], 'VUByteArray', 'b64byt', Uint8Array.of(255, 2)],
  ['int16[]', [-1, 2], 'VShortArray', 'b64srt', Int16Array.of(-1, 2)],
  ['int32[]', [-1, 2], 'VIntArray', 'b64int', Int32Array.of(-1, 2)],
  ['uint16[]', [65535], 'VUShortArray', 'b64int', Int32Array.of(65535)],
  ['uint32[]', [5], 'VUIntArray', 'b64int', Int32Array.of(5)],
  ['uint32[]', [4294967295], 'VUIntArray', 'b64dbl', Float64Array.of(4294967295)],
  ['int64[]', [-5n], 'VLongArray', 'b64int', Int32Array.of(-5)],
  ['uint64[]', [2n ** 40n], 'VULongArray', 'b64dbl', Float64Array.of(2 ** 40)],
] as const)('%s %s is a %s in %s', (code, value, vtype, member, elements) => {
  const encoded = scalar(code, value)
  expect(encoded['vtype']).toBe(vtype)
  const bytes = new Uint8Array(elements.buffer)
  expect(encoded[member]).toBe(base64(bytes))
})

it('lists of booleans and texts come as text and as JSON', () => {
  expect(scalar('bool[]', [true, false])).toMatchObject({
    vtype: 'VBooleanArray',
    text: '[true, false]',
    bools: [true, false],
  })
  expect(scalar('string[]', ['a', 'b,"c'])).toMatchObject({
    vtype: 'VStringArray',
    text: '[a, b,"c]',
    strings: ['a', 'b,"c'],
  })
})

it('an image has its pixels, its sizes and its colours', () => {
  const data = Uint16Array.from({ length: 18 }, (_, i) => i)
  const image = NTNDArray.wrap(data, { shape: [2, 3, 3], colorMode: 2 })
  expect(parts(image)).toMatchObject({
    vtype: 'VImage',
    width: 3,
    height: 2,
    dims: [3, 3, 2],
    color: 'RGB1',
    b64int: base64(new Uint8Array(Int32Array.from(data).buffer)),
  })
})

it('a compressed image is a structure, cut at 4096 characters', () => {
  const image = NTNDArray.wrap(new Uint8Array(9_000), { codec: 'lz4', elementType: 'uint16' })
  const { vtype, text } = parts(image)
  expect(vtype).toBe('VStructure')
  expect((text as string).length).toBe(4096)
})

it('a table has labels and columns', () => {
  const table = new NTTable({ x: 'float64', name: 'string' }).create({
    labels: ['X', 'Name'],
    value: { x: [1, 2], name: ['a', 'b'] },
  })
  expect(parts(table)).toMatchObject({
    vtype: 'VTable',
    labels: ['X', 'Name'],
    columns: [
      [1, 2],
      ['a', 'b'],
    ],
  })
})

it('any other structure is its JSON as text, without a value', () => {
  const type = new TypeDef('struct', { a: 'int64', b: ['string'] as never } as never)
  const update = parts(type.create())
  expect(update['vtype']).toBe('VStructure')
  expect(update).not.toHaveProperty('value')
  expect(JSON.parse(update['text'] as string)).toHaveProperty('a')
})

it('describes numbers: units always, precision and limits where they are set', () => {
  const type = new NTScalar('float64', { display: true, valueAlarm: true, form: true })
  const value = type.create({
    display: { units: 'C', description: 'inlet', precision: 2, limitLow: 0, limitHigh: 10 },
    valueAlarm: { lowAlarmLimit: 1, highAlarmLimit: 9, lowWarningLimit: NaN, highWarningLimit: 8 },
    alarm: alarm('MINOR', 'HIGH'),
    timeStamp: timeStamp(new Date('2026-11-01T00:00:00.5Z')),
  })
  expect(parts(value)).toEqual({
    x: 0,
    vtype: 'VDouble',
    units: 'C',
    description: 'inlet',
    precision: 2,
    min: 0,
    max: 10,
    warn_high: 8,
    alarm_low: 1,
    alarm_high: 9,
    value: 0,
    seconds: 1793491200,
    nanos: 500_000_000,
    severity: 'MINOR',
  })
  const bare = parts(new NTScalar('float64').create({ value: 1 }))
  expect(bare).toMatchObject({ units: '', description: '', severity: 'NONE' })
  expect(bare).not.toHaveProperty('min')
})

it('a field by its path has neither metadata nor alarm of the structure around it', () => {
  const type = new NTScalar('float64', { display: true })
  const value = type.create({ value: 1, display: { units: 'C', limitHigh: 5 }, alarm: alarm('MAJOR') })
  expect(parts(value, 'display.limitHigh')).toMatchObject({ vtype: 'VDouble', value: 5, severity: 'NONE' })
  expect(parts(value, 'display.limitHigh')).not.toHaveProperty('units')
  expect(parts(value, 'display.units')).toMatchObject({ vtype: 'VString', text: 'C' })
})

it('values of a served PV encode as those made by hand', () => {
  const pv = SharedPV.mailbox(new NTScalar('int32'), { value: 4 })
  expect(parts(pv.current())).toMatchObject({ vtype: 'VInt', value: 4 })
})
