import { codes } from '../store/refusal.js'
import type { Message } from '../wire/codec.js'
import type { SubscribeRequest } from './requests.js'
import type { Listener, State } from './state.js'

/** A client that wants to see what is written to some streams. */
export class Subscriber {
  readonly #state: State
  readonly #send: (message: Message) => unknown
  readonly #listeners = new Map<string, Listener>()

  constructor(state: State, send: (message: Message) => unknown) {
    this.#state = state
    this.#send = send
  }

  update({ op, uuid: uuids }: SubscribeRequest): void {
    for (const uuid of uuids) {
      if (op === 0) this.#add(uuid)
      else this.#remove(uuid)
    }
  }

  close(): void {
    for (const uuid of [...this.#listeners.keys()]) this.#remove(uuid)
  }

  #add(uuid: string): void {
    if (this.#listeners.has(uuid)) return
    const known = this.#state.database.streams.some((stream) => stream.uuid === uuid)
    if (!known) {
      this.#send({ stat: { code: codes.noStream, msg: 'stream does not exist' }, uuid })
      return
    }
    const listener: Listener = (points) =>
      this.#send({ uuid, arrowBytes: this.#state.arrow?.pointsPage(points) })
    this.#listeners.set(uuid, listener)
    this.#state.listen(uuid, listener)
  }

  #remove(uuid: string): void {
    const listener = this.#listeners.get(uuid)
    if (listener === undefined) return
    this.#listeners.delete(uuid)
    this.#state.ignore(uuid, listener)
  }
}
