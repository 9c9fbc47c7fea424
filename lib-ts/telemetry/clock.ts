let millisecond = 0
let given = 0n

/**
 * The time of receipt in ns. The clock counts milliseconds; within one the answers differ by a nanosecond each, so that
 * two updates of a PV never share a time, which a historian would take for one sample.
 */
export function receiveTime(): bigint {
  const now = Date.now()
  if (now === millisecond) return ++given
  millisecond = now
  return (given = BigInt(now) * 1_000_000n)
}
