// Samples for tests of brokers.
import type { Sample, Series } from 'node-pvxs/telemetry'

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
