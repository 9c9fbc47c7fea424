// Samples for tests of brokers.
import type { Sample, Series, SinkError } from 'node-pvxs/telemetry'

/** A batch of a counter, from one number to another, as samples of one PV. */
export function counts(id: string, from: number, to: number): Sample[] {
  const series: Series = Object.freeze({ id, type: 'int32' as const })
  return Array.from({ length: to - from }, (_, i) => ({
    series,
    time: 1_700_000_000_000_000_000n + BigInt(from + i) * 1_000_000n,
    value: from + i,
    severity: 0 as const,
    status: 0,
  }))
}

/** The error of a write that fails. */
export const failure = (promise: Promise<unknown>): Promise<SinkError> =>
  promise.then(
    () => {
      throw new Error('it did not fail')
    },
    (error: unknown) => error as SinkError,
  )
