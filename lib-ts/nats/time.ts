/** A time as NATS writes it: ISO text with nine digits. */
export function isoOf(ns: bigint): string {
  const second = ns / 1_000_000_000n - (ns % 1_000_000_000n < 0n ? 1n : 0n)
  const rest = ns - second * 1_000_000_000n
  return `${new Date(Number(second) * 1_000).toISOString().slice(0, 19)}.${String(rest).padStart(9, '0')}Z`
}
