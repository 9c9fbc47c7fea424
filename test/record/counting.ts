// Sinks for tests: one that counts, one that fails as it is told.
import { SinkError, type Sample, type Sink, type WriteResult } from 'node-pvxs/telemetry'

/** Keeps what it was given. */
export class CountingSink implements Sink {
  readonly samples: Sample[] = []
  /** What the next writes throw. */
  fault: (() => Error) | undefined
  #changed: (() => void)[] = []
  attempts = 0

  write(batch: readonly Sample[]): Promise<WriteResult> {
    this.attempts++
    this.#wake()
    if (this.fault !== undefined) return Promise.reject(this.fault())
    this.samples.push(...batch)
    this.#wake()
    return Promise.resolve({ written: batch.length, rejected: [] })
  }

  close(): Promise<void> {
    return Promise.reject(new Error('a custom sink stays its maker’s to close'))
  }

  values(id: string): unknown[] {
    return this.samples.filter(({ series }) => series.id === id).map(({ value }) => value)
  }

  /** Resolves when that holds. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#changed.push(resolve))
  }

  #wake(): void {
    const changed = this.#changed
    this.#changed = []
    for (const resolve of changed) resolve()
  }
}

export const away = (): Error => new SinkError('nobody answers', { code: 'ERR_AWAY', retryable: true })
