import { refuse } from './refusal.js'

/** The first legal time, in ns since the epoch. */
export const MINIMUM_TIME = -(16n << 56n)
/** The end of the legal times. A point stands before it, since no range reaches further. */
export const MAXIMUM_TIME = (48n << 56n) - 1n

/** Refuses a range that is empty, or that reaches beyond the legal times. */
export function legalRange(from: bigint, to: bigint): void {
  if (from < MINIMUM_TIME || to > MAXIMUM_TIME || from >= to)
    refuse('timeRange', `[${from}, ${to}) is not a legal range of times`)
}
