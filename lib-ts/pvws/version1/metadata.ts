import type { Value } from '../../data/index.js'
import { numberText } from './content.js'

/** The members of an update that describe a number: units, description, precision, limits. With a comma before each. */
export function metadataOf(value: Value): string {
  const precision: unknown = value['display.precision']
  return (
    `,"units":${textOf(value['display.units'])},"description":${textOf(value['display.description'])}` +
    (typeof precision === 'number' && precision >= 0 ? `,"precision":${precision}` : '') +
    pair(value, 'min', 'display.limitLow', 'max', 'display.limitHigh') +
    pair(value, 'warn_low', 'valueAlarm.lowWarningLimit', 'warn_high', 'valueAlarm.highWarningLimit') +
    pair(value, 'alarm_low', 'valueAlarm.lowAlarmLimit', 'alarm_high', 'valueAlarm.highAlarmLimit')
  )
}

function textOf(x: unknown): string {
  return JSON.stringify(typeof x === 'string' ? x : '')
}

/** Limits where they are set: EPICS writes 0 and 0 for a pair that is not. */
function pair(value: Value, low: string, lowPath: string, high: string, highPath: string): string {
  const from: unknown = value[lowPath]
  const to: unknown = value[highPath]
  if (Number(from) === 0 && Number(to) === 0) return ''
  return limit(low, from) + limit(high, to)
}

function limit(name: string, x: unknown): string {
  if (typeof x === 'bigint') return `,"${name}":${x}`
  return typeof x === 'number' && Number.isFinite(x) ? `,"${name}":${numberText(x)}` : ''
}
