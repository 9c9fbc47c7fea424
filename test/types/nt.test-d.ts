// Compiled, never run: what the builders carry into TypeScript.
/* eslint-disable @typescript-eslint/no-meaningless-void-operator -- `void` begins a statement that only looks at a type */
import { NTEnum, NTNDArray, NTScalar, NTTable, NTUnion, NTURI, type NDData } from '../../lib-ts/nt/index.js'
import type { TypeDef, Value, ValueOf } from '../../lib-ts/data/index.js'

// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- how types are compared exactly
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(_: Equal<A, B>): void {}

declare const unknown: unknown

// NTScalar: the code decides the value's type, the options which parts there are.
const Plain = new NTScalar('int32')
same<ValueOf<typeof Plain>['value'], number>(true)
same<keyof ValueOf<typeof Plain>, 'value' | 'alarm' | 'timeStamp'>(true)
const Big = new NTScalar('int64', { display: true, control: true, valueAlarm: true })
same<ValueOf<typeof Big>['value'], bigint>(true)
same<ValueOf<typeof Big>['display']['limitLow'], bigint>(true)
same<keyof ValueOf<typeof Big>, 'value' | 'alarm' | 'timeStamp' | 'display' | 'control' | 'valueAlarm'>(true)
const _Wave = new NTScalar('float32[]', { display: true, form: true })
same<ValueOf<typeof _Wave>['value'], Float32Array>(true)
same<ValueOf<typeof _Wave>['display']['limitLow'], number>(true)
same<ValueOf<typeof _Wave>['display']['form']['choices'], readonly string[]>(true)
const Text = new NTScalar('string', { display: true, control: true })
same<ValueOf<typeof Text>['value'], string>(true)
same<keyof ValueOf<typeof Text>, 'value' | 'alarm' | 'timeStamp' | 'display'>(true)
// @ts-expect-error a text has no limits
void (Text.create().display.limitLow satisfies number)
const seconds: bigint = Plain.create().timeStamp.secondsPastEpoch
const severity: number = Plain.create({ value: '5' }).alarm.severity
// @ts-expect-error there is no display unless asked for
void Plain.create({ display: { units: 'mm' } })
// @ts-expect-error a structure is no scalar
new NTScalar('struct')
// @ts-expect-error no such option
new NTScalar('int32', { dsiplay: true })

// is() narrows.
if (Big.is(unknown)) {
  const limit: bigint = unknown.display.limitHigh
  void limit
}
const def: TypeDef<{ readonly value: number } & Omit<ValueOf<typeof Plain>, 'value'>> = Plain.build()

// NTEnum
const Power = new NTEnum()
const index: number = Power.create({ value: { index: 1, choices: ['a'] } }).value.index
const label: string | undefined = NTEnum.label(Power.create())
same<keyof ValueOf<typeof Power>, 'value' | 'alarm' | 'timeStamp'>(true)
const _Described = new NTEnum({ display: true })
same<ValueOf<typeof _Described>['display']['description'], string>(true)

// NTTable: columns in both notations, rows typed by their columns.
const Devices = new NTTable({ name: 'string', position: 'float64[]', count: 'int64' })
same<Devices['name'], readonly string[]>(true)
type Devices = { [K in 'name' | 'position' | 'count']: ValueOf<typeof Devices>['value'][K] }
same<Devices['position'], Float64Array>(true)
same<Devices['count'], BigInt64Array>(true)
const [row] = Devices.rows(Devices.create())
if (row) {
  const name: string = row.name
  const count: bigint = row.count
  void [name, count]
  // @ts-expect-error no such column
  void row.other
}
Devices.fromRows([{ name: 'a', position: 1, count: 2 }])
// @ts-expect-error every row has every cell
Devices.fromRows([{ name: 'a', position: 1 }])
// @ts-expect-error no columns of structures
new NTTable({ a: 'struct' })

// NTNDArray
const data: NDData | null = NTNDArray.unwrap(NTNDArray.wrap(new Uint16Array(4), { shape: [2, 2] })).data
const image = new NTNDArray().create()
if (image.value?.select === 'ubyteValue') {
  const bytes: Uint8Array = image.value.value
  void bytes
}
// @ts-expect-error text is no array
NTNDArray.wrap('abc')

// NTURI, NTUnion
const Archive = new NTURI({ pv: 'string', from: 'int64' })
same<ValueOf<typeof Archive>['query']['from'], bigint>(true)
Archive.call({ pv: 'x' })
// @ts-expect-error no such argument
Archive.call({ pvs: 'x' })
const Reading = new NTUnion({ number: 'float64', text: 'string' })
const reading = Reading.create().value
if (reading?.select === 'text') void reading.value.length
declare const delivered: Value<ValueOf<typeof Big>>
const limit: bigint = delivered.control.minStep
void [seconds, severity, def, index, label, data, limit]
