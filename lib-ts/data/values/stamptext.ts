// Alarms and time stamps in words, for people.

const SEVERITIES = ['NO_ALARM', 'MINOR', 'MAJOR', 'INVALID', 'UNDEFINED']
const STATUSES = ['NONE', 'DEVICE', 'DRIVER', 'RECORD', 'DB', 'CONF', 'UNDEFINED', 'CLIENT']
const LAST_DATE = 8_640_000_000_000n // seconds; Date ends here

/** `MINOR DEVICE 'too hot'`; undefined where there is no number that says how severe. */
export function alarmText(
  severity: unknown,
  status: unknown,
  message: unknown,
  quoted: (text: string) => string,
): string | undefined {
  if (typeof severity !== 'number') return undefined
  const words = [SEVERITIES[severity] ?? `severity ${severity}`]
  if (typeof status === 'number' && status !== 0) words.push(STATUSES[status] ?? `status ${status}`)
  if (typeof message === 'string' && message !== '' && message !== SEVERITIES[severity])
    words.push(quoted(message))
  return words.join(' ')
}

/** `2026-03-01T12:00:00.123456789Z`; a stamp that nobody set is no date. */
export function timeText(seconds: unknown, nanoseconds: unknown, userTag: unknown): string | undefined {
  if (typeof seconds !== 'bigint' && typeof seconds !== 'number') return undefined
  const whole = typeof seconds === 'bigint' ? seconds : BigInt(Math.trunc(seconds))
  const part = typeof nanoseconds === 'number' ? nanoseconds : 0
  const tag = typeof userTag === 'number' && userTag !== 0 ? ` tag ${userTag}` : ''
  if (whole === 0n && part === 0) return `not set${tag}`
  if (whole < -LAST_DATE || whole > LAST_DATE || part < 0 || part > 999_999_999)
    return `${whole} s ${part} ns${tag}`
  const date = new Date(Number(whole) * 1000).toISOString().slice(0, -5)
  return `${date}.${String(part).padStart(9, '0')}Z${tag}`
}
