// For users who write a field: a plain value does not always say enough.
import { about, InvalidArgumentError } from '../../errors.js'
import { didYouMean, quote } from '../../input/index.js'
import { codesThereAre, isTypeCode, type TypeCode } from '../types/codes.js'
import type { AnyValue, CodeType, Read, TypeBuilder, UnionValue } from '../types/infer.js'
import { plainType, typeDefOf, type TypeDef } from '../types/typedef.js'
import { AlarmSeverity, AlarmStatus, type AlarmSeverityName, type AlarmStatusName } from './alarm-names.js'
import { writing } from './assign.js'
import { toCell } from './convert.js'
import { Stage } from './storage.js'
import { tagged, typed } from './tagged.js'

/**
 * A value with its type, for an `any` field: a plain value written there gets the type it suggests, this one keeps its own.
 *
 * @param type a type code, a TypeDef, or a builder of one
 * @throws {@link ConversionError} when the value does not fit the type, {@link InvalidArgumentError} when `type` is not a type
 * @example
 * const Settings = new TypeDef('struct', { parameters: 'any', extra: 'any' })
 * const m = Settings.create({ parameters: any('uint8', 7) })
 * m.extra = any(new TypeDef('struct', { position: 'float64' }), { position: 3.5 })
 */
export function any<const C extends TypeCode>(
  type: C,
  value: unknown,
): AnyValue & { readonly value: CodeType<C> }
export function any<T>(
  type: TypeDef<T> | TypeBuilder<T>,
  value: unknown,
): AnyValue & { readonly value: Read<T> }
export function any(type: unknown, value: unknown): AnyValue {
  return about({ op: 'any' }, () => {
    const known = isTypeCode(type) ? plainType(type) : typeDefOf(type)
    if (known === undefined)
      throw new InvalidArgumentError(`any() takes a type first, not ${quote(type)}${codesThereAre(type)}`)
    return typed(known, toCell(known, value, '', writing(new Stage(), 2)))
  })
}

/**
 * A value for a certain member of a `union` field; a plain value written there goes to the first member that takes it.
 *
 * @throws {@link InvalidArgumentError} when the member's name is not text; the member and the value are checked when it
 *   is written
 * @example
 * const Message = new TypeDef('struct', { choice: new TypeDef('union', { number: 'float64', text: 'string' }) })
 * const m = Message.create({ choice: union('text', '5') })
 * m.choice?.select // → 'text'
 */
export function union<const N extends string, const V>(member: N, value: V): UnionValue<N, V> {
  if (typeof member !== 'string')
    throw new InvalidArgumentError(`a member's name is text, not ${quote(member)}`, { op: 'union' })
  return tagged(member, value) as UnionValue<N, V>
}

const NS_PER_S = 1_000_000_000n
const SECONDS_LIMIT = 2n ** 63n

/** What {@link timeStamp} sets of a `time_t` structure. */
export interface TimeStampFields {
  readonly secondsPastEpoch: bigint
  readonly nanoseconds: number
}

/**
 * The fields of a time stamp, to be written to `timeStamp`. Its `userTag` stays as it is, and unmarked.
 *
 * @param time a Date, nanoseconds since 1970 as a bigint, or seconds since 1970 as a number; now by default
 * @throws {@link InvalidArgumentError} for an invalid Date or number
 * @example
 * const pv = SharedPV.mailbox(new NTScalar('float64'))
 * pv.post({ value: 4, timeStamp: timeStamp(new Date()) })
 * timeStamp(1_700_000_000.25) // → { secondsPastEpoch: 1_700_000_000n, nanoseconds: 250_000_000 }
 * timeStamp(1_700_000_000_250_000_000n) // → { secondsPastEpoch: 1_700_000_000n, nanoseconds: 250_000_000 }
 */
export function timeStamp(time: Date | bigint | number = new Date()): TimeStampFields {
  const ns = nanosecondsOf(time)
  const rest = ((ns % NS_PER_S) + NS_PER_S) % NS_PER_S // counts up, also before 1970
  const secondsPastEpoch = (ns - rest) / NS_PER_S
  if (secondsPastEpoch >= SECONDS_LIMIT || secondsPastEpoch < -SECONDS_LIMIT) throw noTime(time)
  return { secondsPastEpoch, nanoseconds: Number(rest) }
}

/** From `READ` on: these say more than their number, so they are the message where there is no other. */
const CONDITIONS: ReadonlySet<string> = new Set(Object.keys(AlarmStatus).slice(9))

/** What {@link alarm} sets of an `alarm_t` structure: all of it. */
export interface AlarmFields {
  readonly severity: AlarmSeverity
  readonly status: number
  readonly message: string
}

/**
 * The fields of an alarm, to be written to `alarm`. All three are set: `alarm()` and `alarm(0)` clear one.
 *
 * @param severity by number or name: 0 `NO_ALARM`, 1 `MINOR`, 2 `MAJOR`, 3 `INVALID`, 4 `UNDEFINED`
 * @param status by number or name: 0 `NONE`, 1 `DEVICE`, 2 `DRIVER`, 3 `RECORD`, 4 `DB`, 5 `CONF`, 6 `UNDEFINED`, 7 `CLIENT`,
 *   or a record's condition such as `HIHI`; see {@link AlarmStatus}
 * @param message the name of a record's condition without it, else empty
 * @throws {@link InvalidArgumentError} for another severity or status, a message that is not text
 * @example
 * const pv = SharedPV.mailbox(new NTScalar('float64'))
 * pv.post({ value: 99.5, alarm: alarm('MAJOR', 'HIHI', 'too hot') })
 * pv.post({ value: 20, alarm: alarm() })
 * pv.current().alarm.message // → ''
 */
export function alarm(
  severity: AlarmSeverity | AlarmSeverityName = 0,
  status: number | AlarmStatusName = 0,
  message?: string,
): AlarmFields {
  const level = numberOf(AlarmSeverity, severity)
  if (level === undefined || !Number.isInteger(level) || level < 0 || level > 4) {
    throw new InvalidArgumentError(
      `an alarm severity is 0 to 4 or ${Object.keys(AlarmSeverity).join(', ')}, not ${quote(severity)}${meant(AlarmSeverity, severity)}`,
      { op: 'alarm' },
    )
  }
  const number = numberOf(AlarmStatus, status)
  if (number === undefined || (number | 0) !== number) {
    throw new InvalidArgumentError(
      `an alarm status is an int32, or a name such as DEVICE or HIHI, not ${quote(status)}${meant(AlarmStatus, status)}`,
      { op: 'alarm' },
    )
  }
  if (message !== undefined && typeof message !== 'string') {
    throw new InvalidArgumentError(`an alarm message is text, not ${quote(message)}`, { op: 'alarm' })
  }
  const condition = typeof status === 'string' && CONDITIONS.has(status) ? status : ''
  return { severity: level as AlarmSeverity, status: number, message: message ?? condition }
}

function numberOf(names: Readonly<Record<string, number>>, x: unknown): number | undefined {
  if (typeof x === 'number') return x
  return typeof x === 'string' && Object.hasOwn(names, x) ? names[x] : undefined
}

function meant(names: object, x: unknown): string {
  return typeof x === 'string' ? didYouMean(x, Object.keys(names)) : ''
}

function nanosecondsOf(time: unknown): bigint {
  if (typeof time === 'bigint') return time
  if (typeof time === 'number' && Number.isFinite(time)) {
    const seconds = Math.floor(time)
    return BigInt(seconds) * NS_PER_S + BigInt(Math.round((time - seconds) * 1e9))
  }
  if (Object.prototype.toString.call(time) === '[object Date]') {
    const ms = (time as Date).getTime()
    if (!Number.isNaN(ms)) return BigInt(ms) * 1_000_000n
  }
  throw noTime(time)
}

function noTime(time: unknown): InvalidArgumentError {
  return new InvalidArgumentError(
    `a time is a Date, nanoseconds as a bigint or seconds as a number, not ${quote(time)}`,
    { op: 'timeStamp' },
  )
}
