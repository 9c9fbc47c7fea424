// Times as PI Web API reads and writes them: ns since the epoch, in steps of 100.

const UNITS: Readonly<Record<string, bigint>> = {
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
  w: 604_800_000_000_000n,
}
const NAMES: Readonly<Record<string, string>> = {
  second: 's',
  seconds: 's',
  minute: 'm',
  minutes: 'm',
  hour: 'h',
  hours: 'h',
  day: 'd',
  days: 'd',
  week: 'w',
  weeks: 'w',
}

export function now(): bigint {
  return steps(BigInt(Date.now()) * 1_000_000n)
}

/** Cut to PI's step of 100 ns, towards the past. */
export function steps(ns: bigint): bigint {
  return ns - (((ns % 100n) + 100n) % 100n)
}

/** `10m`, `1h30m`, `0.5s` in ns; undefined when it is not a span. */
export function span(text: string): bigint | undefined {
  let total = 0n
  let rest = text.trim()
  if (rest === '') return undefined
  while (rest !== '') {
    const part = /^\+?(\d+(?:\.\d+)?)\s*([a-z]+)\s*/i.exec(rest)
    if (part === null) return undefined
    const [whole, count = '', word = ''] = part
    const unit = UNITS[NAMES[word.toLowerCase()] ?? word.toLowerCase()]
    if (unit === undefined) return undefined
    total += BigInt(Math.round(Number(count) * Number(unit / 1_000_000n))) * 1_000_000n
    rest = rest.slice(whole.length)
  }
  return total
}

/** `*`, `*-8h`, `t`, `y+8h`, `2026-01-01T00:00:00.1234567Z`; undefined when it is not a time. */
export function time(text: string, at: bigint): bigint | undefined {
  const relative = /^(\*|t|y)\s*(?:([+-])\s*(.+))?$/i.exec(text.trim())
  if (relative !== null) {
    const [, base = '', sign, offset] = relative
    const day = UNITS['d'] as bigint
    const midnight = at - (at % day)
    const from = base === '*' ? at : base.toLowerCase() === 't' ? midnight : midnight - day
    if (offset === undefined) return from
    const length = span(offset)
    return length === undefined ? undefined : sign === '-' ? from - length : from + length
  }
  const signed = /^([+-])(.+)$/.exec(text.trim())
  if (signed !== null) {
    const length = span(signed[2] ?? '')
    return length === undefined ? undefined : signed[1] === '-' ? at - length : at + length
  }
  return dated(text.trim())
}

function dated(text: string): bigint | undefined {
  const parts =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?(Z|[+-]\d\d:?\d\d)?$/i.exec(text)
  if (parts === null) return undefined
  const [, date = '', minute = '00:00', second = '00', fraction = '', zone = 'Z'] = parts
  const ms = Date.parse(
    `${date}T${minute}:${second}${zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone}`,
  )
  return Number.isNaN(ms) ? undefined : steps(BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0')))
}

/** As the server writes it: no zeros at the end of the fraction. */
export function stamp(ns: bigint): string {
  const second = 1_000_000_000n
  const rest = ((ns % second) + second) % second
  const base = new Date(Number((ns - rest) / 1_000_000n)).toISOString().slice(0, 19)
  const fraction = String(rest / 100n)
    .padStart(7, '0')
    .replace(/0+$/, '')
  return fraction === '' ? `${base}Z` : `${base}.${fraction}Z`
}
