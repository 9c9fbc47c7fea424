// From a broker to the sinks.
import { BackOff, pause, unlessAborted, type ReaderBatch, type Sample } from '../telemetry/index.js'
import type { FromConfig } from './config/config.js'
import { RecordError } from './errors.js'
import type { Lane } from './lane.js'

/** How a broker is read. */
export interface FeedStatus {
  /** `retrying`: it does not answer, and is asked again. `failed`: it never will. */
  readonly state: 'ok' | 'retrying' | 'failed'
  readonly received: number
  /** Messages, or lines of them, that are not samples. */
  readonly rejected: number
  /** Samples that no sink takes. */
  readonly skipped: number
  readonly lastError?: string
}

/** What a feed needs of its recorder. */
export interface FeedPlace {
  /** The sinks that take what is of this PV. */
  lanesOf(pv: string): readonly Lane[]
  /** Samples that may be given to the sinks before they are waited for. */
  readonly most: number
  log(line: string): void
  /** It will never go on. */
  failed(error: Error): void
}

type Reader = AsyncIterable<ReaderBatch> & { close(): Promise<void> }

/** ms that a start waits for the first answer of a broker. */
const PATIENCE = 2_000
/** Another reader has its place, or its options are wrong. */
const FINAL = /_(TAKEN|ARGUMENT|PEER)$/
/** Lines of the log for the refused messages of one batch. */
const TOLD = 5

/**
 * Reads a broker, and gives what is there to the sinks. A batch is committed when every sink has written it, or has it on
 * disk: whatever ends this process, the next one gets again what was not.
 */
export class Feed {
  readonly #config: FromConfig
  readonly #place: FeedPlace
  readonly #backOff = new BackOff({ min: 1_000, max: 30_000 })
  readonly #ending = new AbortController()
  /** Fires when what is in hand is given up. */
  readonly #givenUp = new AbortController()
  /** Where the samples of each PV go. */
  readonly #routes = new Map<string, readonly Lane[]>()
  readonly #names = new Set<string>()
  readonly #working: Promise<void>
  /** Resolves when it is read, when it never will be, or after some patience. */
  readonly #started: Promise<void>
  #reader: Reader | undefined
  #busy = false
  #running = false
  #begun!: () => void
  #received = 0
  #rejected = 0
  #skipped = 0
  #state: FeedStatus['state'] = 'ok'
  #error: Error | undefined

  private constructor(config: FromConfig, place: FeedPlace) {
    this.#config = config
    this.#place = place
    const begun = new Promise<void>((resolve) => (this.#begun = resolve))
    this.#working = this.#work()
    this.#started = Promise.race([begun, this.#working, pause(PATIENCE, this.#ending.signal)])
  }

  /** @throws RecordError, `ERR_RECORD_START`, for what can never work; a broker that is down is not an error */
  static async start(config: FromConfig, place: FeedPlace): Promise<Feed> {
    const feed = new Feed(config, place)
    await feed.#started
    feed.#running = true
    if (feed.#state !== 'failed') return feed
    throw new RecordError(`from ${config.type}: ${feed.#error?.message}`, {
      code: 'ERR_RECORD_START',
      cause: feed.#error,
    })
  }

  get status(): FeedStatus {
    return {
      state: this.#state,
      received: this.#received,
      rejected: this.#rejected,
      skipped: this.#skipped,
      ...(this.#error === undefined ? {} : { lastError: this.#error.message }),
    }
  }

  /** How many PVs there were samples of. */
  get pvs(): number {
    return this.#names.size
  }

  /** The sinks are others, or take others. */
  reroute(): void {
    this.#routes.clear()
  }

  /** Reads no more; what is in hand has `drain` ms to be written and committed, else it comes again to the next reader. */
  async end(drain: number): Promise<void> {
    this.#ending.abort()
    const timer = setTimeout(() => this.#givenUp.abort(), drain)
    if (!this.#busy) await this.#reader?.close()
    await this.#working
    clearTimeout(timer)
  }

  async #work(): Promise<void> {
    while (!this.#isEnding()) {
      try {
        await this.#read()
      } catch (error) {
        if (this.#isEnding()) return
        if (!this.#failed(error as Error & { retryable?: boolean })) return
      }
      await pause(this.#backOff.next(), this.#ending.signal)
    }
  }

  /** Whether it may go on later. */
  #failed(error: Error & { retryable?: boolean; code?: string }): boolean {
    // A topic that is gone may be made again: only at the start is it a mistake.
    const again = error.retryable === true || (this.#running && !FINAL.test(error.code ?? ''))
    if (this.#error?.message !== error.message)
      this.#place.log(`from ${this.#config.type}: ${error.message}${again ? '; it is asked again' : ''}`)
    this.#error = error
    this.#state = again ? 'retrying' : 'failed'
    if (!again) this.#place.failed(error)
    return again
  }

  async #read(): Promise<void> {
    const reader = await openReader(this.#config)
    this.#reader = reader
    try {
      if (this.#isEnding()) return
      for await (const batch of reader) {
        this.#works()
        this.#busy = true
        await this.#handOn(batch)
        this.#busy = false
        if (this.#isEnding()) return
      }
    } finally {
      this.#busy = false
      await reader.close()
    }
  }

  #works(): void {
    if (this.#error !== undefined) this.#place.log(`from ${this.#config.type}: it is read again`)
    this.#error = undefined
    this.#state = 'ok'
    this.#backOff.reset()
    this.#begun()
  }

  async #handOn(batch: ReaderBatch): Promise<void> {
    const { samples, rejected } = batch
    const { most } = this.#place
    const log = (line: string): void => {
      this.#place.log(line)
    }
    this.#received += samples.length
    this.#rejected += rejected.length
    for (const { where, reason } of rejected.slice(0, TOLD)) log(`${where} is skipped: ${reason}`)
    if (rejected.length > TOLD) log(`${rejected.length - TOLD} more messages like these are skipped`)
    try {
      // A batch of packed messages may have more samples than a queue takes.
      for (let from = 0; from < samples.length; from += most)
        await unlessAborted(this.#deliver(samples.slice(from, from + most)), this.#givenUp.signal)
    } catch (error) {
      if (this.#givenUp.signal.aborted) return
      throw error
    }
    try {
      await batch.commit()
    } catch (error) {
      // The next commit is of this batch, too; without one it comes again, and is written once more.
      log(`from ${this.#config.type}: ${(error as Error).message}`)
    }
  }

  async #deliver(samples: readonly Sample[]): Promise<void> {
    const used = new Set<Lane>()
    for (const sample of samples) {
      const lanes = this.#lanesOf(sample.series.id)
      if (lanes.length === 0) this.#skipped++
      for (const lane of lanes) {
        lane.take(sample)
        used.add(lane)
      }
    }
    await Promise.all([...used].map((lane) => lane.delivered()))
  }

  #lanesOf(pv: string): readonly Lane[] {
    const known = this.#routes.get(pv)
    if (known !== undefined) return known
    const lanes = this.#place.lanesOf(pv)
    this.#routes.set(pv, lanes)
    this.#names.add(pv)
    return lanes
  }

  #isEnding(): boolean {
    return this.#ending.signal.aborted
  }
}

async function openReader({ type, ...options }: FromConfig): Promise<Reader> {
  if (type === 'kafka') {
    const { KafkaReader } = await import('../kafka/index.js')
    return new KafkaReader(options as never)
  }
  const { NatsReader } = await import('../nats/index.js')
  return new NatsReader(options as never)
}
