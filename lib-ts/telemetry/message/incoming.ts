// The samples in the messages of a broker.
import { InvalidArgumentError } from '../../errors.js'
import type { Sample, Series, Severity } from '../sample.js'
import { decodeFlatbuffer } from './f144.js'
import { decodeJson } from './json.js'

const BRACE = 0x7b
const LINE_BREAK = 0x0a
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** A message, or a line of one, that is not a sample. */
export interface RejectedMessage {
  readonly reason: string
  /** Where it stands: `topic/partition@offset` of Kafka, `stream@sequence` of JetStream; with `:line` in one of several lines. */
  readonly where: string
}

/** What messages hold. */
export interface Received {
  readonly samples: Sample[]
  readonly rejected: RejectedMessage[]
}

/**
 * Reads messages one after the other, whatever each is: JSON begins with a brace, and FlatBuffers have a name. What `al00`
 * says of an alarm holds for the values after it; an `ep01` that says disconnected is a sample without a value.
 *
 * @hidden
 */
export class MessageReader {
  readonly #known = new Map<string, Series>()
  readonly #alarms = new Map<string, { severity: Severity; message: string }>()

  /** Adds what a message holds, or why it is refused. */
  read(payload: Uint8Array, where: string, into: Received): void {
    if (payload[0] === BRACE) this.#lines(payload, where, into)
    else
      attempt(where, into, () => {
        this.#flatbuffer(payload, into)
      })
  }

  #lines(payload: Uint8Array, where: string, into: Received): void {
    let text = ''
    attempt(where, into, () => {
      text = decoded(payload)
    })
    const lines = text.split('\n')
    const several = payload.indexOf(LINE_BREAK) >= 0 && lines.filter((line) => line !== '').length > 1
    for (const [i, line] of lines.entries()) {
      if (line === '') continue
      attempt(several ? `${where}:${i + 1}` : where, into, () => {
        into.samples.push(decodeJson(line, this.#known))
      })
    }
  }

  #flatbuffer(payload: Uint8Array, into: Received): void {
    const said = decodeFlatbuffer(payload)
    if (!('kind' in said)) {
      const { id, type } = said.series
      const before = this.#known.get(id)
      const series = before?.type === type ? before : said.series
      this.#known.set(id, series)
      into.samples.push({ ...said, series, ...this.#alarmOf(id) })
    } else if (said.kind === 'alarm') {
      this.#alarms.set(said.pv, { severity: said.severity, message: said.message })
    } else if (said.state !== 'connected') {
      const series = this.#known.get(said.pv)
      if (series !== undefined) into.samples.push({ series, time: said.time, value: null, severity: 4 })
    }
  }

  #alarmOf(id: string): { severity: Severity; message?: string } {
    const { severity = 0, message = '' } = this.#alarms.get(id) ?? {}
    return message === '' ? { severity } : { severity, message }
  }
}

function decoded(payload: Uint8Array): string {
  try {
    return utf8.decode(payload)
  } catch {
    throw new InvalidArgumentError('a sample as JSON: it is not UTF-8', { op: 'decodeJson' })
  }
}

function attempt(where: string, into: Received, work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    into.rejected.push({ reason: error.message, where })
  }
}
