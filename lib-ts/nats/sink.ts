import { createHash, randomBytes } from 'node:crypto'
import {
  encodeJson,
  MessageWriter,
  OneByOne,
  SinkError,
  type Message,
  type Sample,
  type Sink,
  type WriteResult,
} from '../telemetry/index.js'
import { errorOf, NatsLink } from './connection.js'
import { sinkOptions, type NatsOptions } from './options.js'
import { loadTransport } from './peers.js'
import { prepareStream } from './stream.js'
import { packedSubject, subjectOf } from './subjects.js'
import { PublishWindow, type Acknowledgement, type Outgoing } from './window.js'

/** Bytes of lines in a packed message, where the server allows as much. */
const PACKED_BYTES = 256 * 1024
/** JetStream's code for a message beyond the stream's limit. */
const TOO_LARGE = 10_054

/** A message, and the samples that it carries by their places in the batch. */
interface Parcel extends Outgoing {
  readonly indices: readonly number[]
}

/**
 * Samples into a JetStream stream, each acknowledged before `write` resolves.
 *
 * A message has the subject `pv.<name>` (see {@link subjectOf}), and a message id, so that what is sent again is stored once.
 * The order of the samples of a PV is kept. Several writes wait for each other.
 *
 * Codes of its errors: `ERR_NATS_CONNECTION` and `ERR_NATS_TIMEOUT` may be tried again, and so may `ERR_NATS_FULL`;
 * `ERR_NATS_STREAM` (there is none, or none that takes the subject), `ERR_NATS_AUTH`, `ERR_NATS_PEER` and `ERR_NATS_CLOSED` not.
 *
 * @example
 * const series = { id: 'lab:temperature', type: 'float64' } as const
 * await using sink = new NatsSink({ servers: ['localhost:4222'], stream: 'pvs', createStream: {} })
 * const { written } = await sink.write([{ series, time: 1_790_000_000_000_000_000n, value: 21.5, severity: 0 }])
 * written // → 1
 */
export class NatsSink implements Sink, AsyncDisposable {
  readonly #options: NatsOptions
  readonly #link: NatsLink
  readonly #writer: MessageWriter
  readonly #writes = new OneByOne()
  readonly #run = randomBytes(9).toString('base64url')
  #sent = 0
  /** Samples that were sent without an answer, and the ids that they had. */
  #doubtful = new WeakMap<Sample, string>()
  #window: PublishWindow | undefined

  /** @throws BrokerError ERR_NATS_ARGUMENT that names the option */
  constructor(options: NatsOptions) {
    this.#options = sinkOptions(options)
    this.#link = new NatsLink(this.#options, 'NatsSink')
    this.#writer = new MessageWriter(this.#options.format ?? 'json', 'node-pvxs')
  }

  write(batch: readonly Sample[], { signal }: { readonly signal?: AbortSignal } = {}): Promise<WriteResult> {
    return this.#writes.run(async () => {
      signal?.throwIfAborted()
      const window = await this.#ready()
      try {
        return await this.#written(window, batch, signal)
      } catch (error) {
        this.#writer.forget()
        throw error
      }
    })
  }

  async close(): Promise<void> {
    await this.#writes.idle()
    await this.#link.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #ready(): Promise<PublishWindow> {
    try {
      const connection = await this.#link.get()
      if (this.#window?.connection === connection) {
        if (this.#link.up) return this.#window
        throw new SinkError('the connection to NATS is lost', {
          code: 'ERR_NATS_CONNECTION',
          retryable: true,
        })
      }
      await prepareStream(connection, this.#options, this.#link.timeout)
      this.#window = new PublishWindow(await loadTransport(), connection, this.#link.timeout)
      return this.#window
    } catch (error) {
      if (error instanceof SinkError) throw error
      const { code, retryable, message } = errorOf('write', error)
      throw new SinkError(message, { code, retryable, cause: error })
    }
  }

  async #written(
    window: PublishWindow,
    batch: readonly Sample[],
    signal: AbortSignal | undefined,
  ): Promise<WriteResult> {
    const { messages, rejected } = this.#writer.write(batch)
    const most = window.connection.info?.max_payload ?? 1_048_576
    const parcels =
      this.#options.pack === 'batch' ? this.#packed(messages, most) : this.#single(messages, batch)
    const fitting = parcels.filter(({ payload, indices }) => {
      if (payload.length <= most) return true
      for (const index of indices) rejected.push({ index, reason: tooLarge(payload.length, most) })
      return false
    })
    const answers = await window.send(fitting, () => !this.#link.up || signal?.aborted === true)
    this.#settle(fitting, answers, batch, rejected)
    signal?.throwIfAborted()
    const refused = new Map(rejected.map((it) => [it.index, it]))
    return {
      written: batch.length - refused.size,
      rejected: [...refused.values()].sort((a, b) => a.index - b.index),
    }
  }

  /** Takes refusals to `rejected`; throws when something was neither stored nor refused for good. */
  #settle(
    parcels: readonly Parcel[],
    answers: readonly (Acknowledgement | undefined)[],
    batch: readonly Sample[],
    rejected: { index: number; reason: string }[],
  ): void {
    let failed: SinkError | undefined
    for (const [i, parcel] of parcels.entries()) {
      const answer = answers[i]
      if (answer !== undefined && answer.error === undefined && answer.stream === this.#options.stream)
        continue
      if (answer?.error?.err_code === TOO_LARGE) {
        const reason = `${answer.error.description} (${parcel.payload.length} bytes)`
        for (const index of parcel.indices) rejected.push({ index, reason })
        continue
      }
      if (parcel.id !== undefined) this.#remember(parcel, batch)
      failed ??= this.#failure(parcel, answer)
    }
    if (failed !== undefined) throw failed
  }

  /** What is sent again must have the id that it had: with the first sample of a message goes the id of the message. */
  #remember({ id = '', indices }: Parcel, batch: readonly Sample[]): void {
    const sample = batch[indices[0] as number]
    if (sample !== undefined && !this.#doubtful.has(sample)) this.#doubtful.set(sample, id)
  }

  #failure({ subject }: Parcel, answer: Acknowledgement | undefined): SinkError {
    const { stream } = this.#options
    if (answer === undefined) {
      return this.#link.up
        ? new SinkError(`stream "${stream}" did not answer within ${this.#link.timeout} ms`, {
            code: 'ERR_NATS_TIMEOUT',
            retryable: true,
          })
        : new SinkError('the connection to NATS was lost', { code: 'ERR_NATS_CONNECTION', retryable: true })
    }
    if (answer.error === undefined)
      return new SinkError(
        `subject "${subject}" belongs to the stream "${answer.stream}", not to "${stream}"`,
        {
          code: 'ERR_NATS_STREAM',
        },
      )
    const { err_code: code, description } = answer.error
    if (code === 503)
      return new SinkError(`${description}: "${subject}", though there is a stream "${stream}"`, {
        code: 'ERR_NATS_STREAM',
      })
    const full = /maximum|insufficient|no space/i.test(description)
    return new SinkError(`stream "${stream}" did not store a message: ${description}`, {
      code: full ? 'ERR_NATS_FULL' : 'ERR_NATS_CONNECTION',
      retryable: true,
    })
  }

  #single(messages: readonly Message[], batch: readonly Sample[]): Parcel[] {
    const { subject } = this.#options
    let kind = 0
    return messages.map(({ pv, index, payload, about }, i) => {
      // f144 has several messages for one sample: an id each.
      kind = messages[i - 1]?.index === index ? kind + 1 : 0
      const id = this.#idOf(batch[index] as Sample, about ? kind : undefined)
      return { subject: subjectOf(pv, subject), payload, id, indices: [index] }
    })
  }

  #packed(messages: readonly Message[], most: number): Parcel[] {
    const subject = packedSubject(this.#options.subject ?? 'pv')
    const limit = Math.min(PACKED_BYTES, most)
    const parcels: Parcel[] = []
    let group: Message[] = []
    let bytes = 0
    const flush = (): void => {
      if (group.length === 0) return
      const payload = Buffer.concat(group.flatMap((m, i) => (i === 0 ? [m.payload] : [NEW_LINE, m.payload])))
      const id =
        this.#options.dedup === false ? undefined : createHash('sha1').update(payload).digest('base64url')
      parcels.push({ subject, payload, id, indices: group.map((m) => m.index) })
      group = []
      bytes = 0
    }
    for (const message of messages) {
      if (bytes + message.payload.length + 1 > limit) flush()
      group.push(message)
      bytes += message.payload.length + 1
    }
    flush()
    return parcels
  }

  #idOf(sample: Sample, kind: number | undefined): string | undefined {
    const { dedup = 'retry' } = this.#options
    if (dedup === false) return undefined
    const suffix = kind === undefined ? '' : `.${kind}`
    if (dedup === 'series-time') return `${seriesTimeId(sample)}${suffix}`
    const id = this.#doubtful.get(sample)?.replace(/\.\d+$/, '') ?? `${this.#run}-${this.#sent++}`
    return `${id}${suffix}`
  }
}

const NEW_LINE = Buffer.from('\n')

/** The same for the same PV, time and value, whoever recorded it. */
function seriesTimeId({ series: { id, type }, time, value }: Sample): string {
  const text = encodeJson({ series: { id, type }, time, value, severity: 0 })
  return createHash('sha1').update(text).digest('base64url')
}

const tooLarge = (bytes: number, most: number): string =>
  `its message has ${bytes} bytes, and the server takes ${most} at most`
