// Messages on their way into a stream: each has a reply subject under one inbox, where the stream's acknowledgements are
// counted. A request of its own for each message costs five times as much.
import type { NatsConnection, Transport } from './peers.js'

/** What a stream says of a message. */
export interface Acknowledgement {
  /** The name of the stream that stored it. */
  readonly stream?: string
  readonly error?: { readonly err_code: number; readonly description: string }
}

/** One message to be sent. */
export interface Outgoing {
  readonly subject: string
  readonly payload: Uint8Array
  readonly id: string | undefined
}

/** Messages on their way at most. */
const WINDOW = 5_000

const NO_RESPONDERS: Acknowledgement = {
  error: { err_code: 503, description: 'no stream takes this subject' },
}

/** Sends and counts, for one connection. */
export class PublishWindow {
  readonly connection: NatsConnection
  readonly #headers: Transport['headers']
  readonly #inbox: string
  readonly #timeout: number
  #answers: (Acknowledgement | undefined)[] = []
  #first = 0
  #waiting = 0
  #moved: (() => void) | undefined

  constructor(transport: Transport, connection: NatsConnection, timeout: number) {
    this.connection = connection
    this.#headers = transport.headers
    this.#inbox = transport.createInbox()
    this.#timeout = timeout
    connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (error !== null) return // the connection's end, which its status tells
        const number = Number(message.subject.slice(this.#inbox.length + 1)) - this.#first
        // An answer to a message that was given up.
        if (!(number >= 0 && number < this.#answers.length) || this.#answers[number] !== undefined) return
        this.#answers[number] = answerIn(message.data, message.headers?.code)
        this.#waiting--
        this.#moved?.()
      },
    })
  }

  /** The answer to each message; undefined where none came in time. `broken()` ends the waiting. */
  async send(
    messages: readonly Outgoing[],
    broken: () => boolean,
  ): Promise<readonly (Acknowledgement | undefined)[]> {
    this.#first += this.#answers.length
    this.#answers = new Array<undefined>(messages.length).fill(undefined)
    this.#waiting = 0
    let sent = 0
    while (sent < messages.length || this.#waiting > 0) {
      while (sent < messages.length && this.#waiting < WINDOW) {
        this.#publish(messages[sent] as Outgoing, this.#first + sent)
        sent++
        this.#waiting++
      }
      if (broken() || !(await this.#movement())) break
    }
    return this.#answers
  }

  #publish({ subject, payload, id }: Outgoing, number: number): void {
    const reply = `${this.#inbox}.${number}`
    if (id === undefined) {
      this.connection.publish(subject, payload, { reply })
      return
    }
    const headers = this.#headers()
    headers.set('Nats-Msg-Id', id)
    this.connection.publish(subject, payload, { reply, headers })
  }

  /** True when answers came, false when none did for as long as a call may take. */
  #movement(): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (moved: boolean): void => {
        clearTimeout(timer)
        this.#moved = undefined
        resolve(moved)
      }
      const timer = setTimeout(done, this.#timeout, false)
      this.#moved = () => {
        done(true)
      }
    })
  }
}

function answerIn(data: Uint8Array, status: number | undefined): Acknowledgement {
  if (status === 503) return NO_RESPONDERS
  try {
    return JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.length).toString()) as Acknowledgement
  } catch {
    return { error: { err_code: 0, description: 'an answer that is not JSON' } }
  }
}
