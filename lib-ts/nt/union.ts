import { TypeDef, type AnyValue, type MembersInput, type MembersUnion, type Value } from '../data/index.js'
import { about } from '../errors.js'
import { hasId, memberType, NormativeType } from './builder.js'
import { alarmType, timeType, type StampedFields } from './parts.js'

/** What a value made by `new NTUnion(members)` reads as. */
export interface NTUnionFields<M> extends StampedFields {
  readonly value: M extends MembersInput ? MembersUnion<M> | null : AnyValue | null
  readonly descriptor: string
}

/**
 * One value that may be of several types: those of the members given, or any type at all without them.
 *
 * @example
 * const Reading = new NTUnion({ number: 'float64', text: 'string' })
 * const m = Reading.create({ value: { select: 'text', value: 'over range' } })
 * m.value?.value // → 'over range'
 */
export class NTUnion<const M extends MembersInput | undefined = undefined> extends NormativeType<
  NTUnionFields<M>
> {
  constructor(members?: M) {
    super(
      new TypeDef('struct', 'epics:nt/NTUnion:1.0', {
        value:
          members === undefined
            ? new TypeDef('any')
            : about({ op: 'NTUnion' }, () => new TypeDef('union', members)),
        descriptor: 'string',
        alarm: alarmType,
        timeStamp: timeType,
      }),
    )
  }

  /** The members of a union are not compared: a server may know more of them. */
  override is(value: unknown): value is Value<NTUnionFields<M>> {
    if (!hasId(value, 'epics:nt/NTUnion')) return false
    return memberType(value.$type, 'value')?.code === memberType(this.build(), 'value')?.code
  }
}
