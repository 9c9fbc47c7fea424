// Times as text.

export type TimeStyle = 'local' | 'utc' | 'unix' | 'none'

const SECOND = 1_000_000_000n
const LAST_MS = 8_640_000_000_000_000n // Date ends here

/** A time in ns since 1970; `-` where there is none. Milliseconds, or nine decimals of seconds. */
export function timeText(ns: bigint | undefined, style: TimeStyle): string {
  if (ns === undefined || ns === 0n) return '-'
  const ms = floor(ns, 1_000_000n)
  if (style === 'unix' || ms > LAST_MS || ms < -LAST_MS) return unix(ns)
  const date = new Date(Number(ms))
  if (style === 'utc') return date.toISOString().replace('T', ' ').slice(0, -1)
  const two = (n: number): string => String(n).padStart(2, '0')
  return (
    `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())} ` +
    `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.` +
    String(date.getMilliseconds()).padStart(3, '0')
  )
}

// Updates come many in a second, and its text costs more than all the rest.
const lastSecond = { begin: 0n, text: '1970-01-01T00:00:00' }

/** UTC with nine digits, as JSON has it; seconds for what is outside the calendar; undefined for no time. */
export function isoText(ns: bigint | undefined): string | undefined {
  if (ns === undefined || ns === 0n) return undefined
  let after = ns - lastSecond.begin
  if (after < 0n || after >= SECOND) {
    const seconds = floor(ns, SECOND)
    if (seconds * 1_000n > LAST_MS || seconds * 1_000n < -LAST_MS) return unix(ns)
    lastSecond.begin = seconds * SECOND
    lastSecond.text = new Date(Number(seconds) * 1_000).toISOString().slice(0, -5)
    after = ns - lastSecond.begin
  }
  return `${lastSecond.text}.${String(after).padStart(9, '0')}Z`
}

function unix(ns: bigint): string {
  const sign = ns < 0n ? '-' : ''
  const size = ns < 0n ? -ns : ns
  return `${sign}${size / SECOND}.${String(size % SECOND).padStart(9, '0')}`
}

function floor(a: bigint, b: bigint): bigint {
  return a >= 0n || a % b === 0n ? a / b : a / b - 1n
}
