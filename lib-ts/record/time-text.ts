// Times and spans as people write them.
import { isoTime } from '../telemetry/index.js'

const NS: Readonly<Record<string, bigint>> = {
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
}
const MOST = 2n ** 63n - 1n

/** A span such as `10s`, `5m`, `1.5h`, `7d`, `100ms`, in ns; undefined when it is none, or not above 0. */
export function spanOf(text: string): bigint | undefined {
  const [, whole = '', fraction = '', unit = ''] = /^(\d{1,9})(?:\.(\d{1,6}))?(ms|s|m|h|d)$/.exec(text) ?? []
  const ns = NS[unit]
  if (ns === undefined) return undefined
  const span = (BigInt(whole + fraction) * ns) / 10n ** BigInt(fraction.length)
  return span > 0n ? span : undefined
}

const WORDS: readonly (readonly [RegExp, string])[] = [
  [/^(s|secs?|seconds?)$/, 's'],
  [/^(m|mins?|minutes?)$/, 'm'],
  [/^(h|hrs?|hours?)$/, 'h'],
  [/^(d|days?)$/, 'd'],
]

/** The span of `5 minutes ago`. */
function spanAgo(text: string): bigint | undefined {
  const [, number = '', word = ''] = /^(\d+(?:\.\d+)?) *([a-z]+) +ago$/i.exec(text) ?? []
  const unit = WORDS.find(([pattern]) => pattern.test(word.toLowerCase()))?.[1]
  return unit === undefined ? undefined : spanOf(number + unit)
}

/**
 * A time in ns since 1970: ISO text with up to nine digits (UTC without a zone), `now`, `-10m`, `5 minutes ago`, or a
 * number: seconds, above 10^12 nanoseconds. Undefined for what is none.
 *
 * @param now ns
 */
export function momentOf(text: string, now: bigint): bigint | undefined {
  if (text === 'now') return now
  if (text.startsWith('-')) {
    const span = spanOf(text.slice(1))
    return span === undefined ? undefined : now - span
  }
  const ago = spanAgo(text)
  if (ago !== undefined) return now - ago
  const [, whole, fraction = ''] = /^(\d{1,19})(?:\.(\d{1,9}))?$/.exec(text) ?? []
  if (whole === undefined) return isoTime(text)
  const number = BigInt(whole)
  if (number > 1_000_000_000_000n) return fraction === '' && number <= MOST ? number : undefined
  return number * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'))
}
