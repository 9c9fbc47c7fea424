// What the builders carry into TypeScript.
import { describe, expectTypeOf, it } from 'vitest'
import { NTEnum, NTNDArray, NTScalar, NTTable, NTUnion, NTURI, type NDData } from '../../lib-ts/nt/index.js'
import type { TypeDef, Value, ValueOf } from '../../lib-ts/data/index.js'

describe('NTScalar', () => {
  const Plain = new NTScalar('int32')
  type Plain = ValueOf<typeof Plain>
  const Big = new NTScalar('int64', { display: true, control: true, valueAlarm: true })
  type Big = ValueOf<typeof Big>

  it('has the type of value that its code says', () => {
    expectTypeOf<Plain['value']>().toEqualTypeOf<number>()
    expectTypeOf<Big['value']>().toEqualTypeOf<bigint>()
    const _Wave = new NTScalar('float32[]')
    expectTypeOf<ValueOf<typeof _Wave>['value']>().toEqualTypeOf<Float32Array>()
    const _Text = new NTScalar('string')
    expectTypeOf<ValueOf<typeof _Text>['value']>().toEqualTypeOf<string>()
  })

  it('has the parts that its options say, and no others', () => {
    expectTypeOf<keyof Plain>().toEqualTypeOf<'value' | 'alarm' | 'timeStamp'>()
    expectTypeOf<keyof Big>().toEqualTypeOf<
      'value' | 'alarm' | 'timeStamp' | 'display' | 'control' | 'valueAlarm'
    >()
    // @ts-expect-error there is no display unless asked for
    Plain.create({ display: { units: 'mm' } })
  })

  it('has limits of the type of an element', () => {
    expectTypeOf<Big['display']['limitLow']>().toEqualTypeOf<bigint>()
    const _Wave = new NTScalar('float32[]', { display: true, form: true })
    type Wave = ValueOf<typeof _Wave>
    expectTypeOf<Wave['display']['limitLow']>().toEqualTypeOf<number>()
    expectTypeOf<Wave['display']['form']['choices']>().toEqualTypeOf<readonly string[]>()
  })

  it('has no limits for a text', () => {
    const Text = new NTScalar('string', { display: true, control: true })
    expectTypeOf<keyof ValueOf<typeof Text>>().toEqualTypeOf<'value' | 'alarm' | 'timeStamp' | 'display'>()
    expectTypeOf(Text.create().display).not.toHaveProperty('limitLow')
  })

  it('makes values with their time stamp and alarm', () => {
    expectTypeOf(Plain.create().timeStamp.secondsPastEpoch).toEqualTypeOf<bigint>()
    expectTypeOf(Plain.create({ value: '5' }).alarm.severity).toEqualTypeOf<number>()
  })

  it('takes neither a structure nor an option that does not exist', () => {
    const refused = [
      // @ts-expect-error a structure is no scalar
      () => new NTScalar('struct'),
      // @ts-expect-error no such option
      () => new NTScalar('int32', { dsiplay: true }),
    ]
    expectTypeOf(refused).toBeArray()
  })

  it('refuses text that is not a number where a number belongs', () => {
    Plain.create({ value: '5', alarm: { severity: '1' } })
    new NTScalar('float64').create({ value: '-1.5e3' })
    new NTScalar('float64').create({ value: 'NaN' })
    const refused = [
      // @ts-expect-error not a number
      () => Plain.create({ value: 'abc' }),
      // @ts-expect-error not a number
      () => Plain.create({ alarm: { severity: 'MAJOR' } }),
      // @ts-expect-error not a number
      () => new NTScalar('float64[]').create({ value: ['abc'] }),
      // @ts-expect-error timeStamp() makes what belongs there
      () => Plain.create({ timeStamp: new Date() }),
      // @ts-expect-error alarm() makes what belongs there
      () => Plain.create({ alarm: 2 }),
      // @ts-expect-error a list is not a structure
      () => Plain.create({ alarm: [1] }),
      // @ts-expect-error nor is a Map
      () => Plain.create(new Map()),
      // @ts-expect-error not a number
      () => new NTTable({ a: 'float64' }).fromRows([{ a: 'x' }]),
    ]
    expectTypeOf(refused).toBeArray()
  })

  it('narrows with is()', () => {
    const something: unknown = undefined
    if (Big.is(something)) expectTypeOf(something.display.limitHigh).toEqualTypeOf<bigint>()
  })

  it('builds a type, and reads as a delivered value', () => {
    expectTypeOf(Plain.build()).toExtend<TypeDef<{ readonly value: number } & Omit<Plain, 'value'>>>()
    expectTypeOf<Value<Big>['control']['minStep']>().toEqualTypeOf<bigint>()
  })
})

describe('NTEnum', () => {
  const Power = new NTEnum()

  it('has an index, and a label that may be missing', () => {
    const v = Power.create({ value: { index: 1, choices: ['a'] } })
    expectTypeOf(v.value.index).toEqualTypeOf<number>()
    expectTypeOf(NTEnum.label(v)).toEqualTypeOf<string | undefined>()
  })

  it('takes a label or an index for its structure', () => {
    Power.create({ 'value.choices': ['a'], value: 'a' }).$assign({ value: 0 })
  })

  it('has a description when asked for', () => {
    expectTypeOf<keyof ValueOf<typeof Power>>().toEqualTypeOf<'value' | 'alarm' | 'timeStamp'>()
    const _Described = new NTEnum({ display: true })
    expectTypeOf<ValueOf<typeof _Described>['display']['description']>().toEqualTypeOf<string>()
  })
})

describe('NTTable', () => {
  const Devices = new NTTable({ name: 'string', position: 'float64[]', count: 'int64' })

  it('has columns, in both notations', () => {
    type Columns = ValueOf<typeof Devices>['value']
    expectTypeOf<Columns['name']>().toEqualTypeOf<readonly string[]>()
    expectTypeOf<Columns['position']>().toEqualTypeOf<Float64Array>()
    expectTypeOf<Columns['count']>().toEqualTypeOf<BigInt64Array>()
  })

  it('has rows of its columns', () => {
    const [row] = Devices.rows(Devices.create())
    if (row === undefined) return
    expectTypeOf(row.name).toEqualTypeOf<string>()
    expectTypeOf(row.count).toEqualTypeOf<bigint>()
    expectTypeOf(row).not.toHaveProperty('other')
  })

  it('is made from rows that have every cell', () => {
    Devices.fromRows([{ name: 'a', position: 1, count: 2 }])
    // @ts-expect-error two cells are missing
    Devices.fromRows([{ name: 'a' }])
    // @ts-expect-error no columns of structures
    const refused = () => new NTTable({ a: 'struct' })
    expectTypeOf(refused).toBeFunction()
  })
})

describe('NTNDArray', () => {
  it('carries typed arrays', () => {
    const image = NTNDArray.wrap(new Uint16Array(4), { shape: [2, 2] })
    expectTypeOf(NTNDArray.unwrap(image).data).toEqualTypeOf<NDData | null>()
    // @ts-expect-error text is not an array
    const refused = () => NTNDArray.wrap('abc')
    expectTypeOf(refused).toBeFunction()
  })

  it('tells its arrays apart by select', () => {
    const { value } = new NTNDArray().create()
    if (value?.select === 'ubyteValue') expectTypeOf(value.value).toEqualTypeOf<Uint8Array>()
  })
})

it('NTURI has the arguments it was made with', () => {
  const Archive = new NTURI({ pv: 'string', from: 'int64' })
  expectTypeOf<ValueOf<typeof Archive>['query']['from']>().toEqualTypeOf<bigint>()
  Archive.call({ pv: 'x' })
  // @ts-expect-error no such argument
  Archive.call({ pvs: 'x' })
})

it('NTUnion is told apart by select', () => {
  const reading = new NTUnion({ number: 'float64', text: 'string' }).create().value
  if (reading?.select === 'text') expectTypeOf(reading.value).toEqualTypeOf<string>()
})
