import type { PiUpdate } from '../update.js'
import type { Channel } from './channel.js'

/** What {@link PiWebApi.watch} gives: values one by one. It has one reader, and disposing it closes its channel. */
export class PiWatch implements AsyncIterableIterator<PiUpdate>, AsyncDisposable {
  readonly #open: (signal: AbortSignal) => Promise<Channel>
  readonly #stop = new AbortController()
  readonly #signal: AbortSignal | undefined
  #channel: Promise<Channel> | undefined
  #opened: Channel | undefined
  #items: readonly PiUpdate[] = []
  #at = 0
  #done = false

  /** @internal */
  constructor(signal: AbortSignal | undefined, open: (signal: AbortSignal) => Promise<Channel>) {
    this.#signal = signal
    this.#open = open
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** The next update. */
  async next(): Promise<IteratorResult<PiUpdate, undefined>> {
    if (this.#at < this.#items.length) return { done: false, value: this.#items[this.#at++] as PiUpdate }
    if (this.#done) return { done: true, value: undefined }
    const { signal } = this.#stop
    this.#channel ??= this.#open(
      this.#signal === undefined ? signal : AbortSignal.any([signal, this.#signal]),
    )
    let items: readonly PiUpdate[] | undefined
    try {
      items = (await (this.#opened = await this.#channel).take())?.items
    } catch (error) {
      if (signal.aborted) return { done: true, value: undefined }
      this.#done = true
      throw error
    }
    if (items === undefined) {
      this.#done = true
      return { done: true, value: undefined }
    }
    this.#items = items
    this.#at = 1
    return { done: false, value: items[0] as PiUpdate }
  }

  /** Closes what was opened. */
  async return(): Promise<IteratorResult<PiUpdate, undefined>> {
    this.#done = true
    this.#items = []
    this.#at = 0
    // One that is open says goodbye; one that is not yet is given up.
    void this.#opened?.close()
    if (this.#opened === undefined) this.#stop.abort()
    const channel = await this.#channel?.catch(() => undefined) // who asked for a value has heard of it
    await channel?.close()
    return { done: true, value: undefined }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }
}
