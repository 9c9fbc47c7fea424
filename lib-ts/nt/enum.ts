import { TypeDef, type Value, type ValueMembers } from '../data/index.js'
import { checkSwitches, checkValue, hasId, memberType, NormativeType } from './builder.js'
import { alarmType, enumType, timeType, type EnumFields, type Flat, type StampedFields } from './parts.js'

/**
 * What {@link NTEnum} takes.
 *
 * @example
 * new NTEnum({ display: true }).create({ display: { description: 'main supply' } })
 */
export interface NTEnumOptions {
  /** A description. */
  readonly display?: boolean
}

type WithDisplay<O> = O extends { readonly display: true }
  ? { readonly display: Value<{ description: string }> }
  : unknown

/** What a value made by `new NTEnum(options)` reads as. */
export type NTEnumFields<O = unknown> = Flat<
  { readonly value: Value<EnumFields> } & StampedFields & WithDisplay<O>
>

/**
 * A choice among texts: `value.index` counts into `value.choices`.
 *
 * A client writes it by label, by numeric text or by index: `ctx.put(name, 'On')`.
 *
 * @example
 * const Power = new NTEnum()
 * const pv = SharedPV.mailbox(Power, { value: { index: 0, choices: ['Off', 'On'] } })
 * NTEnum.label(pv.current()) // → 'Off'
 */
export class NTEnum<const O extends NTEnumOptions = object> extends NormativeType<NTEnumFields<O>> {
  constructor(options?: O) {
    checkSwitches(options, ['display'], 'NTEnum')
    const base = { value: enumType, alarm: alarmType, timeStamp: timeType }
    const shape = options?.display === true ? { ...base, display: { description: 'string' } as const } : base
    super(new TypeDef('struct', 'epics:nt/NTEnum:1.0', shape))
  }

  override is(value: unknown): value is Value<NTEnumFields<O>> {
    if (!hasId(value, 'epics:nt/NTEnum')) return false
    const choice = memberType(value.$type, 'value')
    if (memberType(choice, 'index') === undefined || memberType(choice, 'choices')?.code !== 'string[]')
      return false
    return (
      memberType(this.build(), 'display') === undefined || memberType(value.$type, 'display') !== undefined
    )
  }

  /**
   * The text of the choice that is set; undefined when the index is out of range, or the value is not an NTEnum.
   *
   * @example
   * NTEnum.label(await ctx.get('lab:power')) // → 'On'
   */
  static label(value: ValueMembers<unknown>): string | undefined {
    checkValue(value, 'NTEnum.label')
    const { index, choices } = choiceOf(value)
    return typeof index === 'number' ? choices[index] : undefined
  }

  /**
   * The index of a label among the choices of a value; undefined when it is not among them.
   *
   * @example
   * NTEnum.index(await ctx.get('lab:power'), 'Off') // → 0
   */
  static index(value: ValueMembers<unknown>, label: string): number | undefined {
    checkValue(value, 'NTEnum.index')
    const index = choiceOf(value).choices.indexOf(label)
    return index < 0 ? undefined : index
  }
}

// `v.value` of an NTEnum, and an enum_t by itself, such as `v.display.form`.
function choiceOf(value: ValueMembers<unknown>): { index: unknown; choices: readonly string[] } {
  const inner = value.$has('value.choices') ? 'value.' : ''
  if (!value.$has(`${inner}choices`) || !value.$has(`${inner}index`)) return { index: undefined, choices: [] }
  const choices = value.$get(`${inner}choices`)
  return {
    index: value.$get(`${inner}index`),
    choices: Array.isArray(choices) ? (choices as readonly string[]) : [],
  }
}
