import { unlessAborted, type Sample, type Sink, type WriteResult } from '../telemetry/index.js'

interface Place {
  readonly sink: Sink
  /** Fires when what is being written is to go to the next one. */
  readonly left: AbortController
}

/**
 * A sink in front of another, which can be replaced while a Batcher writes: what the old one has not answered goes to the
 * new one. A sample that both take is written twice, which is harmless.
 */
export class SwitchedSink implements Sink {
  #place: Place
  #writing: Promise<unknown> = Promise.resolve()

  constructor(sink: Sink) {
    this.#place = { sink, left: new AbortController() }
  }

  async write(batch: readonly Sample[], options?: Parameters<Sink['write']>[1]): Promise<WriteResult> {
    for (;;) {
      const place = this.#place
      try {
        const answer = unlessAborted(place.sink.write(batch, options), place.left.signal)
        this.#writing = answer.catch(() => undefined)
        return await answer
      } catch (error) {
        if (place === this.#place || options?.signal?.aborted === true) throw error
      }
    }
  }

  /** Closes the one behind it. */
  close(): Promise<void> {
    return this.#place.sink.close()
  }

  /** What is written from now on goes to this one; resolves when the old one is closed. It has `ms` to answer. */
  async replace(sink: Sink, ms: number): Promise<void> {
    const old = this.#place
    this.#place = { sink, left: new AbortController() }
    const timer = setTimeout(() => {
      old.left.abort(new Error('the sink was replaced'))
    }, ms)
    await this.#writing
    clearTimeout(timer)
    await old.sink.close()
  }
}
