import { MASK, secretsOf } from './config/origin.js'
import type { RecordConfig } from './config/config.js'
import { RecordError } from './errors.js'
import type { SinkStatus } from './lane.js'

// What is shorter keeps no secret, and would cut words to pieces.
const SHORTEST = 4

/** Takes the secrets of a configuration out of what is told; those of one that was replaced, too. */
export class Mask {
  readonly #known = new Set<string>()
  #secrets: readonly string[] = []

  add(config: RecordConfig): void {
    for (const secret of secretsOf(config)) if (secret.length >= SHORTEST) this.#known.add(secret)
    // The longest first: one may hold another.
    this.#secrets = [...this.#known].sort((a, b) => b.length - a.length)
  }

  text(text: string): string {
    return this.#secrets.reduce((left, secret) => left.replaceAll(secret, MASK), text)
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
