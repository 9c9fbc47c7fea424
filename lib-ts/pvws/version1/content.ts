/** Bytes as base64. A parameter, since what does it fastest differs between Node and browsers. */
export type Base64 = (bytes: Uint8Array) => string

/** The members of an update that hold its value, and those that describe it. */
export interface Content1 {
  readonly vtype: string
  readonly value: string
  /** What of the description comes from the value: labels, sizes. */
  readonly meta?: string
  readonly numeric?: boolean
  readonly large?: boolean
}

/** A number with all its digits; what JSON has no number for is the text "NaN". */
export function numberText(x: unknown): string {
  if (typeof x === 'bigint') return x.toString()
  if (!Number.isFinite(x)) return '"NaN"'
  return Object.is(x, -0) ? '-0' : String(x)
}
