// Samples as the messages that a broker is sent.
import { sampleFault } from '../sample-fault.js'
import type { Sample } from '../sample.js'
import { encodeAl00, encodeEp01, f144Fault, f144Of } from './f144.js'
import { JsonLines } from './json.js'

/** How samples are written: as JSON, or as the FlatBuffers `f144`, `al00` and `ep01`. */
export type MessageFormat = 'json' | 'f144'

/** One message for a broker. */
export interface Message {
  readonly pv: string
  /** The place of its sample in the batch. */
  readonly index: number
  /** ns since the Unix epoch. */
  readonly time: bigint
  readonly payload: Uint8Array
  /** It tells of an alarm or a connection, not of a value. */
  readonly about: boolean
}

/** The messages of a batch, and the samples that no message can hold. */
export interface Messages {
  readonly messages: Message[]
  readonly rejected: { index: number; reason: string }[]
}

interface Told {
  severity: number
  connected: boolean
}

/**
 * Makes the messages of batches, one after the other: what is said once about a series (choices, units, its alarm, that it is
 * connected) stands before the first sample that it holds for.
 *
 * @hidden
 */
export class MessageWriter {
  readonly #format: MessageFormat
  readonly #service: string
  readonly #lines = new JsonLines()
  readonly #told = new Map<string, Told>()

  /** @param service who it is that tells of connections, in `ep01` */
  constructor(format: MessageFormat, service = '') {
    this.#format = format
    this.#service = service
  }

  /** The messages of the next batch, in order. */
  write(batch: readonly Sample[]): Messages {
    const all: Messages = { messages: [], rejected: [] }
    for (const [index, sample] of batch.entries()) {
      const fault = sampleFault(sample) ?? this.#fault(sample)
      if (fault !== undefined) all.rejected.push({ index, reason: fault })
      else if (this.#format === 'json') all.messages.push(this.#json(sample, index))
      else this.#flatbuffers(sample, index, all.messages)
    }
    return all
  }

  /** Everything is said again: what was written may not have arrived. */
  forget(): void {
    this.#lines.forget()
    this.#told.clear()
  }

  #fault(sample: Sample): string | undefined {
    return this.#format === 'f144' && sample.value !== null ? f144Fault(sample) : undefined
  }

  #json(sample: Sample, index: number): Message {
    const payload = Buffer.from(this.#lines.line(sample))
    return { pv: sample.series.id, index, time: sample.time, payload, about: false }
  }

  /** That it is connected, then its alarm, then its value: a reader that goes in order knows the alarm of each value. */
  #flatbuffers(sample: Sample, index: number, into: Message[]): void {
    const { time, value, severity, message = '' } = sample
    const pv = sample.series.id
    const connected = value !== null && severity !== 4
    const told = this.#told.get(pv)
    const add = (payload: Uint8Array, about: boolean): void => {
      into.push({ pv, index, time, payload, about })
    }
    if (told?.connected !== connected) {
      const state = connected ? 'connected' : 'disconnected'
      add(encodeEp01({ kind: 'connection', pv, time, state, service: this.#service }), true)
    }
    if (told?.severity !== severity) add(encodeAl00({ kind: 'alarm', pv, time, severity, message }), true)
    if (value !== null) add(f144Of(sample), false)
    if (told === undefined) this.#told.set(pv, { severity, connected })
    else Object.assign(told, { severity, connected })
  }
}
