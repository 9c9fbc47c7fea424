import type { MutableValue, TypeDef, Value } from '../data/index.js'
import { InvalidArgumentError } from '../errors.js'

// In the order in which records look at them: the first that holds is told.
const LIMITS = [
  { name: 'HIHI', limit: 'highAlarmLimit', severity: 'highAlarmSeverity', sign: 1 },
  { name: 'LOLO', limit: 'lowAlarmLimit', severity: 'lowAlarmSeverity', sign: -1 },
  { name: 'HIGH', limit: 'highWarningLimit', severity: 'highWarningSeverity', sign: 1 },
  { name: 'LOW', limit: 'lowWarningLimit', severity: 'lowWarningSeverity', sign: -1 },
] as const
const NEEDED = ['valueAlarm.active', 'alarm.severity', 'alarm.status', 'alarm.message']

interface Alarm {
  readonly severity: number
  readonly status: number
  readonly message: string
}
const NONE: Alarm = { severity: 0, status: 0, message: '' }
const NOT_A_NUMBER: Alarm = { severity: 3, status: 6, message: 'UDF' } // invalid, undefined
const DEVICE = 1 // the status that an IOC gives for its limits

/**
 * The alarm of a PV by the limits in its `valueAlarm`, as records of an IOC have it: HIHI, LOLO, HIGH and LOW, each with its
 * severity, 0 to leave it out, and a hysteresis by which the value has to come back before the alarm ends.
 */
export class LimitAlarms {
  // The limit whose alarm is on; a record's LALM.
  #last: number | undefined

  /** @throws InvalidArgumentError for a type that has no limits, or no number as its value */
  constructor(type: TypeDef) {
    const empty = type.create()
    const missing = NEEDED.find((path) => !empty.$has(path))
    if (missing === undefined && numberIn(empty, 'value') !== undefined) return
    throw new InvalidArgumentError(
      `option "alarms" is for types with a number and its limits, such as new NTScalar('float64', { valueAlarm: true }); here ` +
        (missing === undefined ? `"value" is not a number` : `there is no ${JSON.stringify(missing)}`),
    )
  }

  /** Completes the first value. The limits count from the beginning, unless it says that they do not. */
  open(initial: MutableValue): void {
    this.#last = undefined
    if (!initial.$isChanged('valueAlarm.active')) initial.$assign({ 'valueAlarm.active': true })
    this.#complete(initial, initial)
  }

  /** Completes a change of the PV's current value. */
  change(current: Value, change: MutableValue): void {
    this.#complete(current.$clone().$assign(change), change)
  }

  // As with records, an alarm that is given is kept where it is at least as severe.
  #complete(after: Value, change: MutableValue): void {
    if (after.$get('valueAlarm.active') !== true && numberIn(after, 'valueAlarm.active') !== 1) return
    const alarm = this.#alarmOf(after)
    const given = change.$isChanged('alarm.severity') ? numberIn(change, 'alarm.severity') : undefined
    if (given !== undefined && given !== 0 && given >= alarm.severity) return
    change.$assign({ alarm })
  }

  #alarmOf(value: Value): Alarm {
    const now = numberIn(value, 'value') ?? NaN
    if (Number.isNaN(now)) return NOT_A_NUMBER
    const hysteresis = numberIn(value, 'valueAlarm.hysteresis') ?? 0
    for (const { name, limit, severity, sign } of LIMITS) {
      const at = numberIn(value, `valueAlarm.${limit}`)
      const level = numberIn(value, `valueAlarm.${severity}`) ?? 0
      if (at === undefined || level === 0) continue
      const beyond = (now - at) * sign
      if (beyond >= 0 || (this.#last === at && beyond >= -hysteresis)) {
        this.#last = at
        return { severity: level, status: DEVICE, message: name }
      }
    }
    this.#last = undefined
    return NONE
  }
}

function numberIn(value: Value, path: string): number | undefined {
  const x: unknown = value.$has(path) ? value.$get(path) : undefined
  return typeof x === 'number' || typeof x === 'bigint' ? Number(x) : undefined
}
