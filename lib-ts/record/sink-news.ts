import type { EventHub } from '../stream/index.js'
import type { Sample } from '../telemetry/index.js'
import type { Lane, LaneListener } from './lane.js'
import type { Mask } from './mask.js'
import type { PvSet } from './pv-set.js'
import type { RecorderEvent } from './status.js'

/** What sinks tell of, brought to the log, to those who listen, and to the PVs that it is about. */
export class SinkNews implements LaneListener {
  readonly #pvs: PvSet
  readonly #mask: Mask
  readonly #events: EventHub<RecorderEvent>
  readonly #log: (line: string) => void
  /** What each sink failed with, since it worked last. */
  readonly #told = new Map<string, string>()

  constructor(pvs: PvSet, mask: Mask, events: EventHub<RecorderEvent>, log: (line: string) => void) {
    this.#pvs = pvs
    this.#mask = mask
    this.#events = events
    this.#log = log
  }

  changed({ name, state }: Lane, error: Error | undefined): void {
    // Once, and not with each attempt.
    if (this.#told.get(name) !== error?.message)
      this.#log(`sink ${name}: ${error === undefined ? 'works again' : error.message}`)
    if (error === undefined) this.#told.delete(name)
    else this.#told.set(name, error.message)
    this.#events.tell({ type: 'sink', sink: name, state, ...(error === undefined ? {} : { error }) })
  }

  rejected({ name }: Lane, samples: readonly Sample[], reason: string): void {
    for (const { series } of samples) {
      const pv = this.#pvs.get(series.id)
      if (pv === undefined) continue
      pv.rejected++
      pv.lastError = this.#mask.text(reason)
    }
    this.#log(`sink ${name}: refused ${samples.length} samples: ${reason}`)
    this.#events.tell({ type: 'rejected', sink: name, count: samples.length, reason })
  }

  unclosed({ name }: Lane, error: Error): void {
    this.#log(`sink ${name} did not close: ${error.message}`)
  }
}
