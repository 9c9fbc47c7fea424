import type { Sample, Series } from '../../telemetry/index.js'

/** How samples go over HTTP. */
export interface Format {
  readonly contentType: string
  /** What an unknown PV is: an error, or nothing. */
  readonly unknown: 'error' | 'nothing'
  begin(): string
  /** A series begins, or another one does. */
  series(series: Series): string | Uint8Array
  samples(batch: readonly Sample[]): string | Uint8Array
  end(): string | Uint8Array
}
