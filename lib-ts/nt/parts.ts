// The structures that normative types share.
import { TypeDef, type Value } from '../data/index.js'

/** `alarm_t`: severity 0 none, 1 minor, 2 major, 3 invalid, 4 undefined. */
export interface Alarm {
  readonly severity: number
  readonly status: number
  readonly message: string
}

/** `time_t`: seconds and nanoseconds since 1970. */
export interface TimeStamp {
  readonly secondsPastEpoch: bigint
  readonly nanoseconds: number
  readonly userTag: number
}

/** What nearly every normative type carries beside its value. */
export interface StampedFields {
  readonly alarm: Value<Alarm>
  readonly timeStamp: Value<TimeStamp>
}

/** `enum_t`: a choice among texts. */
export interface EnumFields {
  readonly index: number
  readonly choices: readonly string[]
}

/** One object of fields; the detour has editors show them, and not this name. `readonly` is said by Value, not here. */
export type Flat<T> = T extends infer U ? { -readonly [K in keyof U]: U[K] } : never

export const alarmType = new TypeDef('struct', 'alarm_t', {
  severity: 'int32',
  status: 'int32',
  message: 'string',
})

export const timeType = new TypeDef('struct', 'time_t', {
  secondsPastEpoch: 'int64',
  nanoseconds: 'int32',
  userTag: 'int32',
})

export const enumType = new TypeDef('struct', 'enum_t', { index: 'int32', choices: 'string[]' })
