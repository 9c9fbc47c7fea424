import { masker } from './config/origin.js'
import type { RecordConfig } from './config/config.js'
import { RecordError } from './errors.js'
import type { SinkStatus } from './lane.js'

/** Takes the secrets of a configuration out of what is told; of one that was replaced, too. */
export class Mask {
  #masks: ((text: string) => string)[] = []

  add(config: RecordConfig): void {
    // Two: what was on its way when a configuration came may tell of the one before.
    this.#masks = [...this.#masks.slice(-1), masker(config)]
  }

  text(text: string): string {
    return this.#masks.reduce((left, mask) => mask(left), text)
  }

  status(status: SinkStatus): SinkStatus {
    const { lastError } = status
    return lastError === undefined ? status : { ...status, lastError: this.text(lastError) }
  }

  error(error: unknown): unknown {
    if (!(error instanceof RecordError) || this.text(error.message) === error.message) return error
    const { code, sink, message, cause } = error
    return new RecordError(this.text(message), { code, sink, cause: this.#cause(cause) })
  }

  #cause(cause: unknown): unknown {
    if (!(cause instanceof Error) || this.text(cause.message) === cause.message) return cause
    return Object.assign(new Error(this.text(cause.message)), { code: (cause as { code?: unknown }).code })
  }
}
