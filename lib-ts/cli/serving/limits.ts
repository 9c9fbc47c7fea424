// Limits, as records have them.
import type { MutableValue, Value } from '../../index.js'
import type { Words } from '../definitions.js'

/** The value that a put is held to; undefined when it stands as it is. */
export function withinDrive(change: MutableValue, { drvl, drvh }: Words): number | undefined {
  if ((drvl === undefined && drvh === undefined) || !change.$isChanged('value')) return undefined
  const wanted = numberAt(change, 'value')
  if (wanted === undefined) return undefined
  if (drvl !== undefined && wanted < drvl) return drvl
  return drvh !== undefined && wanted > drvh ? drvh : undefined
}

export function hasLimits({ lolo, low, high, hihi }: Words): boolean {
  return [lolo, low, high, hihi].some((limit) => limit !== undefined)
}

// In the order in which records look at them: the first that holds is told.
const LIMITS = [
  { message: 'HIHI', limit: 'highAlarmLimit', severity: 'highAlarmSeverity', sign: 1 },
  { message: 'LOLO', limit: 'lowAlarmLimit', severity: 'lowAlarmSeverity', sign: -1 },
  { message: 'HIGH', limit: 'highWarningLimit', severity: 'highWarningSeverity', sign: 1 },
  { message: 'LOW', limit: 'lowWarningLimit', severity: 'lowWarningSeverity', sign: -1 },
] as const
const DEVICE = 1 // the status that an IOC gives for its limits
const INVALID = 3

export interface Alarm {
  readonly severity: number
  readonly status: number
  readonly message: string
}

/**
 * The alarm of a value by the limits in it; undefined where there are none, or the put itself set one that is as severe.
 */
export function alarmNow(value: Value, put: Value | undefined): Alarm | undefined {
  if (!value.$has('valueAlarm.active') || value.$get('valueAlarm.active') !== true) return undefined
  const alarm = byLimits(value)
  const given = put?.$isChanged('alarm.severity') === true ? numberAt(put, 'alarm.severity') : undefined
  return given !== undefined && given !== 0 && given >= alarm.severity ? undefined : alarm
}

function byLimits(value: Value): Alarm {
  const now = numberAt(value, 'value') ?? NaN
  if (Number.isNaN(now)) return { severity: INVALID, status: 6, message: 'UDF' }
  const held = LIMITS.find(
    ({ limit, severity, sign }) =>
      numberAt(value, `valueAlarm.${severity}`) !== 0 &&
      (now - (numberAt(value, `valueAlarm.${limit}`) ?? NaN)) * sign >= 0,
  )
  if (held === undefined) return { severity: 0, status: 0, message: '' }
  const severity = numberAt(value, `valueAlarm.${held.severity}`) ?? 0
  return { severity, status: DEVICE, message: held.message }
}

function numberAt(value: Value, path: string): number | undefined {
  const x: unknown = value.$get(path)
  return typeof x === 'number' || typeof x === 'bigint' ? Number(x) : undefined
}
