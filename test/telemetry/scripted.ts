// A sink under full control, and samples for it.
import { SinkError, type Sample, type Series, type Sink, type WriteResult } from 'node-pvxs/telemetry'

export const series: Series = { id: 'x', type: 'float64' }
export const sample = (i: number): Sample => ({ series, time: BigInt(i), value: i, severity: 0 })
export const run = (n: number, from = 0): Sample[] => Array.from({ length: n }, (_, i) => sample(from + i))

/** A sink that does with each batch what it is told to, and notes what it got. */
export class Scripted implements Sink {
  readonly batches: number[][] = []
  running = 0
  most = 0
  readonly act: (batch: readonly Sample[], n: number) => Promise<WriteResult> | WriteResult
  constructor(act: Scripted['act']) {
    this.act = act
  }
  async write(batch: readonly Sample[]): Promise<WriteResult> {
    this.most = Math.max(this.most, ++this.running)
    this.batches.push(batch.map(({ value }) => value as number))
    try {
      return await this.act(batch, this.batches.length)
    } finally {
      this.running--
    }
  }
  close(): Promise<void> {
    return Promise.resolve()
  }
}
export const fine = (batch: readonly Sample[]): WriteResult => ({ written: batch.length, rejected: [] })
export const away = (retryAfter?: number): SinkError =>
  new SinkError('away', { code: 'ERR_AWAY', retryable: true, retryAfter })
export const quick = { min: 1, max: 2, jitter: 0 }
