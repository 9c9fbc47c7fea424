// The numbers of alarms by their names: one list for those who write alarms and for what prints them.

/**
 * Alarm severities by name, as PVAccess numbers them.
 *
 * @example
 * const v = await ctx.get('lab:temp1')
 * if (v.alarm.severity >= AlarmSeverity.MAJOR) console.log('call somebody')
 */
export const AlarmSeverity = { NO_ALARM: 0, MINOR: 1, MAJOR: 2, INVALID: 3, UNDEFINED: 4 } as const
/** The number of an alarm severity. */
export type AlarmSeverity = (typeof AlarmSeverity)[AlarmSeverityName]
/** The name of an alarm severity. */
export type AlarmSeverityName = keyof typeof AlarmSeverity

/**
 * Alarm statuses by name. PVAccess knows the eight from `NONE` to `CLIENT`: what kind of thing raised the alarm. The others are
 * the conditions of EPICS records, under the number that an IOC sends for each.
 *
 * @example
 * AlarmStatus.DRIVER // → 2
 * AlarmStatus.HIHI // → 1
 */
export const AlarmStatus = {
  NONE: 0,
  DEVICE: 1,
  DRIVER: 2,
  RECORD: 3,
  DB: 4,
  CONF: 5,
  UNDEFINED: 6,
  CLIENT: 7,
  NO_ALARM: 0,
  READ: 1,
  WRITE: 1,
  HIHI: 1,
  HIGH: 1,
  LOLO: 1,
  LOW: 1,
  STATE: 1,
  COS: 1,
  HWLIMIT: 1,
  COMM: 2,
  TIMEOUT: 2,
  UDF: 2,
  CALC: 3,
  SCAN: 3,
  LINK: 3,
  SOFT: 3,
  BAD_SUB: 3,
  DISABLE: 4,
  SIMM: 4,
  READ_ACCESS: 4,
  WRITE_ACCESS: 4,
} as const
/** The name of an alarm status. */
export type AlarmStatusName = keyof typeof AlarmStatus
