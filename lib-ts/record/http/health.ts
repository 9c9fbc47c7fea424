import type { HttpConfig } from '../config/config.js'
import type { Reporting, Stalled } from '../reporting.js'

/** Whether a recorder can do its work. */
export class Health {
  readonly #recorder: Reporting
  readonly #stalled: Stalled
  readonly #everyLinked: () => boolean
  readonly #unhealthyAfter: number
  readonly #readyAfter: number
  readonly #started = performance.now()
  #wasReady = false

  constructor(
    recorder: Reporting,
    stalled: Stalled,
    everyLinked: () => boolean,
    options: Partial<HttpConfig> = {},
  ) {
    this.#recorder = recorder
    this.#stalled = stalled
    this.#everyLinked = everyLinked
    this.#unhealthyAfter = options.unhealthyAfter ?? 60_000
    this.#readyAfter = options.readyAfter ?? 30_000
  }

  /** ms that a sink may write nothing while samples wait. */
  get unhealthyAfter(): number {
    return this.#unhealthyAfter
  }

  /** s since the start, whatever the wall clock does. */
  get uptime(): number {
    return (performance.now() - this.#started) / 1_000
  }

  /** What is wrong, in words. */
  ill(): string[] {
    const { state } = this.#recorder.status()
    const stuck = [...this.#stalled()].filter(([, ms]) => ms >= this.#unhealthyAfter)
    return [
      ...(state === 'failed' ? ['the recorder failed'] : []),
      ...stuck.map(([sink, ms]) => `sink ${sink} has written nothing for ${Math.round(ms / 1_000)} s`),
    ]
  }

  /** Once it was, it stays so until it stops. */
  ready(): boolean {
    const { state } = this.#recorder.status()
    if (state !== 'running' && state !== 'degraded') return false
    this.#wasReady ||= this.#everyLinked() || performance.now() - this.#started >= this.#readyAfter
    return this.#wasReady
  }
}
