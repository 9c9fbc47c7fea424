// From a broker to the sinks.
import { unlessAborted, type ReaderBatch, type Sample } from '../telemetry/index.js'
import { BrokerWork, type BrokerStatus } from './broker-work.js'
import type { FromConfig } from './config/config.js'
import type { Lane } from './lane.js'

/** How a broker is read. */
export interface FeedStatus extends BrokerStatus {
  /** How many PVs there were samples of. */
  readonly pvs: number
  readonly received: number
  /** Messages, or lines of them, that are not samples. */
  readonly rejected: number
  /** Samples that no sink takes. */
  readonly skipped: number
}

/** What a feed needs of its recorder. */
export interface FeedPlace {
  /** The sinks that take what is of this PV. */
  lanesOf(pv: string): readonly Lane[]
  /** Samples that may be given to the sinks before they are waited for. */
  readonly most: number
  readonly log: (line: string) => void
}

type Reader = AsyncIterable<ReaderBatch> & { close(): Promise<void> }

/** ms that a start waits for the first answer of a broker. */
const PATIENCE = 2_000
/** Lines of the log for the refused messages of one batch. */
const TOLD = 5

/**
 * Reads a broker, and gives what is there to the sinks. A batch is committed when every sink has written it, or has it on
 * disk: whatever ends this process, the next one gets again what was not.
 */
export class Feed {
  readonly #config: FromConfig
  readonly #place: FeedPlace
  readonly #work: BrokerWork
  /** Fires when what is in hand is given up. */
  readonly #givenUp = new AbortController()
  /** Where the samples of each PV go. */
  readonly #routes = new Map<string, readonly Lane[]>()
  readonly #names = new Set<string>()
  #reader: Reader | undefined
  #busy = false
  #received = 0
  #rejected = 0
  #skipped = 0

  private constructor(config: FromConfig, place: FeedPlace) {
    this.#config = config
    this.#place = place
    this.#work = new BrokerWork(`from ${config.type}`, () => this.#read(), place.log)
  }

  /** @throws RecordError, `ERR_RECORD_START`, for what can never work; a broker that is down is not an error */
  static async start(config: FromConfig, place: FeedPlace): Promise<Feed> {
    const feed = new Feed(config, place)
    await feed.#work.start(PATIENCE)
    return feed
  }

  get status(): FeedStatus {
    return {
      ...this.#work.status,
      pvs: this.#names.size,
      received: this.#received,
      rejected: this.#rejected,
      skipped: this.#skipped,
    }
  }

  /** The sinks are others, or take others. */
  reroute(): void {
    this.#routes.clear()
  }

  /** Reads no more; what is in hand has `drain` ms to be written and committed, else it comes again to the next reader. */
  async end(drain: number): Promise<void> {
    this.#work.stop()
    const timer = setTimeout(() => this.#givenUp.abort(), drain)
    if (!this.#busy) await this.#reader?.close()
    await this.#work.ended()
    clearTimeout(timer)
  }

  async #read(): Promise<void> {
    const reader = await openReader(this.#config)
    this.#reader = reader
    try {
      if (this.#work.isEnding()) return
      for await (const batch of reader) {
        this.#work.answered()
        this.#busy = true
        await this.#handOn(batch)
        this.#busy = false
        if (this.#work.isEnding()) return
      }
    } finally {
      this.#busy = false
      await reader.close()
    }
  }

  async #handOn(batch: ReaderBatch): Promise<void> {
    const { samples, rejected } = batch
    const { most, log } = this.#place
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
}

async function openReader({ type, ...options }: FromConfig): Promise<Reader> {
  if (type === 'kafka') {
    const { KafkaReader } = await import('../kafka/index.js')
    return new KafkaReader(options as never)
  }
  const { NatsReader } = await import('../nats/index.js')
  return new NatsReader(options as never)
}
