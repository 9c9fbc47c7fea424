import {
  int64Form,
  TypeDef,
  withInt64,
  type AnyValue,
  type Int64As,
  type Int64Form,
  type Int64Option,
  type Value,
  type ValueMembers,
} from '../data/index.js'
import { readOptions } from '../input/index.js'
import { TypeMismatchError } from '../errors.js'
import { checkValue, hasId, memberType, NormativeType } from './builder.js'
import { alarmType, timeType, type StampedFields } from './parts.js'

/** What a value made by `new NTMultiChannel()` reads as. */
export interface NTMultiChannelFields extends StampedFields {
  readonly value: readonly (AnyValue | null)[]
  readonly channelName: readonly string[]
  readonly descriptor: string
  readonly severity: Int32Array
  readonly status: Int32Array
  readonly message: readonly string[]
  readonly secondsPastEpoch: BigInt64Array
  readonly nanoseconds: Int32Array
  readonly userTag: Int32Array
  readonly isConnected: readonly boolean[]
}

/** One channel of an NTMultiChannel; what the value does not say about it is undefined. `F` is what 64-bit integers are. */
export interface ChannelReading<F extends Int64Form = 'bigint'> {
  readonly name: string
  /** As the channel's own: a member's value is taken out of its union or any. */
  readonly value: unknown
  readonly severity: number | undefined
  readonly status: number | undefined
  readonly message: string | undefined
  /** Nanoseconds since 1970. */
  readonly timeNs: Int64As<F> | undefined
  readonly connected: boolean | undefined
}

const type = new TypeDef('struct', 'epics:nt/NTMultiChannel:1.0', {
  value: 'any[]',
  channelName: 'string[]',
  descriptor: 'string',
  alarm: alarmType,
  timeStamp: timeType,
  severity: 'int32[]',
  status: 'int32[]',
  message: 'string[]',
  secondsPastEpoch: 'int64[]',
  nanoseconds: 'int32[]',
  userTag: 'int32[]',
  isConnected: 'bool[]',
})

/**
 * The values of several channels, gathered by a server into one.
 *
 * @example
 * for (const { name, value } of NTMultiChannel.channels(await ctx.get('lab:gathered'))) console.log(name, value)
 */
export class NTMultiChannel extends NormativeType<NTMultiChannelFields> {
  constructor() {
    super(type)
  }

  /**
   * Accepts any kind of array as `value`.
   *
   * @example
   * new NTMultiChannel().is(await ctx.get('lab:gathered')) // → true
   */
  override is(value: unknown): value is Value<NTMultiChannelFields> {
    if (!hasId(value, 'epics:nt/NTMultiChannel')) return false
    const code = memberType(value.$type, 'value')?.code
    return code?.endsWith('[]') === true && memberType(value.$type, 'channelName')?.code === 'string[]'
  }

  /**
   * The channels one by one, in their order.
   *
   * @param options.int64 what 64-bit integers become: `bigint` (the default), `number` or `string`, which JSON takes
   * @throws {@link TypeMismatchError} when the value has no `channelName`
   * @example
   * const [first] = NTMultiChannel.channels(await ctx.get('lab:gathered'))
   * first?.name // → 'lab:temp1'
   */
  static channels<const F extends Int64Form = 'bigint'>(
    value: ValueMembers<unknown>,
    options?: Int64Option<F>,
  ): ChannelReading<F>[] {
    checkValue(value, 'NTMultiChannel.channels')
    const { int64 = 'bigint' } = readOptions(options, { int64: int64Form }, 'NTMultiChannel.channels')
    const column = (field: string): ArrayLike<unknown> => {
      const cells = value.$has(field) ? value.$get(field) : undefined
      return Array.isArray(cells) || ArrayBuffer.isView(cells) ? (cells as unknown as ArrayLike<unknown>) : []
    }
    if (!value.$has('channelName')) {
      throw new TypeMismatchError(
        `${value.$id || 'the value'} is not an NTMultiChannel: it has no "channelName"`,
      )
    }
    const [values, severity, status, message] = ['value', 'severity', 'status', 'message'].map(column)
    const [seconds, nanoseconds, connected] = ['secondsPastEpoch', 'nanoseconds', 'isConnected'].map(column)
    return Array.from(column('channelName') as ArrayLike<string>, (name, at) => ({
      name,
      value: withInt64(held(values?.[at]), int64),
      severity: severity?.[at] as number | undefined,
      status: status?.[at] as number | undefined,
      message: message?.[at] as string | undefined,
      timeNs: withInt64(timeOf(seconds?.[at], nanoseconds?.[at]), int64) as Int64As<F> | undefined,
      connected: connected?.[at] as boolean | undefined,
    }))
  }
}

function held(element: unknown): unknown {
  const tagged = typeof element === 'object' && element !== null && ('select' in element || 'type' in element)
  return tagged && 'value' in element ? element.value : element
}

function timeOf(seconds: unknown, nanoseconds: unknown): bigint | undefined {
  if (typeof seconds !== 'bigint') return undefined
  return seconds * 1_000_000_000n + BigInt(typeof nanoseconds === 'number' ? nanoseconds : 0)
}
