import {
  codesThereAre,
  scalarCodes,
  TypeDef,
  type CodeType,
  type ScalarCode,
  type Shape,
  type Value,
} from '../data/index.js'
import { quote } from '../input/index.js'
import { InvalidArgumentError } from '../errors.js'
import { checkSwitches, hasId, memberType, NormativeType } from './builder.js'
import { alarmType, enumType, timeType, type EnumFields, type Flat, type StampedFields } from './parts.js'

/** The codes an {@link NTScalar} may have: single values, and arrays of them. */
export type NTScalarCode = ScalarCode | `${ScalarCode}[]`

/**
 * What {@link NTScalar} takes: which parts its type has beside value, alarm and time.
 *
 * @example
 * const Temperature = new NTScalar('float64', { display: true, control: true, valueAlarm: true, form: true })
 * Temperature.create({ value: 21.5, display: { units: 'C', precision: 1 } })
 */
export interface NTScalarOptions {
  /** Description and units, for numbers also the range to show. */
  readonly display?: boolean
  /** The range and step for writing; numbers only. */
  readonly control?: boolean
  /** Alarm limits and severities; numbers only. */
  readonly valueAlarm?: boolean
  /** Precision and number format, inside `display` and bringing it along; numbers only. */
  readonly form?: boolean
}

type ElementOf<C extends NTScalarCode> = C extends `${infer E extends ScalarCode}[]`
  ? E
  : C extends ScalarCode
    ? C
    : never
type IsNumber<C extends NTScalarCode> = ElementOf<C> extends 'bool' | 'string' ? false : true
type Asked<O, K extends string> = O extends { readonly [P in K]: true } ? true : false
type When<Condition extends boolean, Part> = Condition extends true ? Part : unknown
type Both<A extends boolean, B extends boolean> = A extends true ? B : false
type Either<A extends boolean, B extends boolean> = A extends true ? true : B

type DisplayFields<C extends NTScalarCode, O> = Flat<
  When<IsNumber<C>, { limitLow: CodeType<ElementOf<C>>; limitHigh: CodeType<ElementOf<C>> }> & {
    description: string
    units: string
  } & When<Both<IsNumber<C>, Asked<O, 'form'>>, { precision: number; form: Value<EnumFields> }>
>

interface ControlFields<N> {
  readonly limitLow: N
  readonly limitHigh: N
  readonly minStep: N
}

interface ValueAlarmFields<N> {
  readonly active: boolean
  readonly lowAlarmLimit: N
  readonly lowWarningLimit: N
  readonly highWarningLimit: N
  readonly highAlarmLimit: N
  readonly lowAlarmSeverity: number
  readonly lowWarningSeverity: number
  readonly highWarningSeverity: number
  readonly highAlarmSeverity: number
  readonly hysteresis: number
}

/** What a value made by `new NTScalar(code, options)` reads as. */
export type NTScalarFields<C extends NTScalarCode, O = unknown> = Flat<
  { value: CodeType<C> } & StampedFields &
    When<Either<Asked<O, 'display'>, Asked<O, 'form'>>, { display: Value<DisplayFields<C, O>> }> &
    When<Both<IsNumber<C>, Asked<O, 'control'>>, { control: Value<ControlFields<CodeType<ElementOf<C>>>> }> &
    When<
      Both<IsNumber<C>, Asked<O, 'valueAlarm'>>,
      { valueAlarm: Value<ValueAlarmFields<CodeType<ElementOf<C>>>> }
    >
>

const SWITCHES = ['display', 'control', 'valueAlarm', 'form'] as const
const NUMBERS: readonly string[] = scalarCodes.filter((code) => code !== 'bool' && code !== 'string')

/**
 * A single value, or an array of one kind, with alarm and time: what most PVs are.
 *
 * An array code makes an `epics:nt/NTScalarArray:1.0`, any other an `epics:nt/NTScalar:1.0`. Limits have the type of one
 * element. For `bool` and `string`, which have no limits, `display` is description and units, and `control`, `valueAlarm`
 * and `form` add nothing.
 *
 * @throws {@link InvalidArgumentError} for a code that is not a scalar or an array of scalars, or an unknown option
 * @example
 * const Temperature = new NTScalar('float64', { display: true, valueAlarm: true })
 * const pv = SharedPV.mailbox(Temperature, { value: 21.5, display: { units: 'C', limitLow: 0, limitHigh: 60 } })
 */
export class NTScalar<
  const C extends NTScalarCode,
  const O extends NTScalarOptions = object,
> extends NormativeType<NTScalarFields<C, O>> {
  readonly code: C

  constructor(code: C, options?: O) {
    checkSwitches(options, SWITCHES, 'NTScalar')
    super(scalarType(code, options ?? {}))
    this.code = code
  }

  override is(value: unknown): value is Value<NTScalarFields<C, O>> {
    const { id, members } = this.build()
    if (!hasId(value, id.slice(0, id.lastIndexOf(':')))) return false
    const needed = members.filter(({ name }) => name !== 'alarm' && name !== 'timeStamp')
    return needed.every(({ name, code }) => memberType(value.$type, name)?.code === code)
  }
}

function scalarType(code: NTScalarCode, options: NTScalarOptions): TypeDef {
  const element = (typeof code === 'string' ? code.replace(/\[\]$/, '') : code) as ScalarCode
  const number = NUMBERS.includes(element)
  if (!number && element !== 'bool' && element !== 'string') {
    throw new InvalidArgumentError(
      `NTScalar takes the code of a scalar or of an array of one, not ${quote(code)}${codesThereAre(code, CODES)}`,
      { op: 'NTScalar' },
    )
  }
  const shape: Record<string, Shape[string]> = { value: code, alarm: alarmType, timeStamp: timeType }
  if (options.display === true || options.form === true) {
    shape['display'] = number ? numberDisplay(element, options.form === true) : TEXT_DISPLAY
  }
  if (options.control === true && number) {
    shape['control'] = { limitLow: element, limitHigh: element, minStep: element }
  }
  if (options.valueAlarm === true && number) shape['valueAlarm'] = valueAlarm(element)
  return new TypeDef('struct', `epics:nt/${element === code ? 'NTScalar' : 'NTScalarArray'}:1.0`, shape)
}

const CODES: readonly string[] = ['bool', ...NUMBERS, 'string'].flatMap((code) => [code, `${code}[]`])

const TEXT_DISPLAY = { description: 'string', units: 'string' } as const

function numberDisplay(element: ScalarCode, form: boolean): Shape {
  const display = { limitLow: element, limitHigh: element, ...TEXT_DISPLAY } as const
  return form ? { ...display, precision: 'int32', form: enumType } : display
}

function valueAlarm(element: ScalarCode): Shape {
  return {
    active: 'bool',
    lowAlarmLimit: element,
    lowWarningLimit: element,
    highWarningLimit: element,
    highAlarmLimit: element,
    lowAlarmSeverity: 'int32',
    lowWarningSeverity: 'int32',
    highWarningSeverity: 'int32',
    highAlarmSeverity: 'int32',
    hysteresis: 'float64',
  }
}
