// A configuration that is read again: when it is told to, and when its files change.
import type { RecordConfig } from './config/config.js'
import type { UpdateResult } from './config/change.js'
import { originOf } from './config/origin.js'
import { ConfigError, RecordError } from './errors.js'
import type { RecorderStatus } from './status.js'
import { FileWatch } from './watch.js'

export class Reloading {
  readonly #update: (config: RecordConfig) => Promise<UpdateResult>
  readonly #log: (line: string) => void
  /** As it was read last. */
  #config: RecordConfig
  #watch: FileWatch | undefined
  #watches = false
  #reloads = 0
  #failures = 0
  #lastError: string | undefined

  constructor(
    config: RecordConfig,
    update: (config: RecordConfig) => Promise<UpdateResult>,
    log: (line: string) => void,
  ) {
    this.#config = config
    this.#update = update
    this.#log = log
  }

  begin(): void {
    this.#follow(this.#config.watch === true)
  }

  end(): void {
    this.#follow(false)
  }

  get status(): Pick<RecorderStatus, 'reloads' | 'reloadFailures' | 'lastReloadError'> {
    const error = this.#lastError
    return {
      reloads: this.#reloads,
      reloadFailures: this.#failures,
      ...(error === undefined ? {} : { lastReloadError: error }),
    }
  }

  async reload(): Promise<UpdateResult> {
    const origin = originOf(this.#config)
    if (origin?.file === undefined)
      throw new RecordError('there is no configuration file to read again', { code: 'ERR_RECORD_STATE' })
    let config: RecordConfig
    try {
      config = origin.again()
    } catch (error) {
      this.failed(error)
      throw error
    }
    return this.#update(config)
  }

  /** An update was done. */
  done(config: RecordConfig, { added, removed, changed }: UpdateResult): void {
    this.#reloads++
    this.#lastError = undefined
    if (originOf(config) === undefined) return // a difference: what was read stays what was read
    this.#config = config
    this.#follow(this.#watches && config.watch === true)
    this.#log(`configuration read again: ${added} PVs added, ${removed} removed, ${changed} changed`)
  }

  /** A configuration with faults changes nothing. */
  failed(error: unknown): void {
    if (!(error instanceof ConfigError || error instanceof RecordError)) return
    this.#failures++
    this.#lastError = error.message
    this.#log(`the configuration stays as it was: ${error.message}`)
  }

  #follow(follows: boolean): void {
    this.#watches = follows
    if (follows === (this.#watch !== undefined)) return
    this.#watch?.end()
    this.#watch = follows
      ? new FileWatch(
          () => originOf(this.#config)?.files ?? [],
          () => void this.#look(),
        )
      : undefined
  }

  /** The files look different: whether they are. */
  async #look(): Promise<void> {
    try {
      const origin = originOf(this.#config)
      if (origin === undefined) return
      const config = origin.again()
      if (JSON.stringify(config) !== JSON.stringify(this.#config)) await this.#update(config)
      else this.#lastError = undefined // the faults that it had are gone again
    } catch (error) {
      if (error instanceof ConfigError && error.message !== this.#lastError) this.failed(error)
    }
  }
}
