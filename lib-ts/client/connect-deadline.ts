import { Acknowledgement, EventCode, Kind, type InboxRecord, type Sink, type Timed } from '../native/index.js'
import type { Target } from './context-core.js'

/** What a {@link ConnectDeadline} tells, with its limit in ms, when it passes. */
export interface Connecting {
  notConnected(limit: number): void
}

/**
 * The `connectTimeout` of a call: a connection of its own to the same, shared channel tells when searching and connecting
 * are over.
 */
export class ConnectDeadline implements Sink, Timed {
  slot = 0
  readonly #target: Target
  readonly #id: number
  readonly #limit: number
  readonly #call: Connecting
  #closed = false

  constructor(target: Target, server: string, limit: number, call: Connecting) {
    const { core, pv } = target
    this.#target = target
    this.#limit = limit
    this.#call = call
    this.#id = core.env.newId()
    core.env.inbox.add(this.#id, this)
    core.env.deadlines.add(this, limit)
    core.env.addon.connect(this.#id, core.id, pv, server)
  }

  record({ kind, flags }: InboxRecord): void {
    if (kind === Kind.Event && flags === EventCode.Connected) this.close()
  }

  expired(): void {
    this.close()
    this.#call.notConnected(this.#limit)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    const { env, hold } = this.#target.core
    env.inbox.delete(this.#id)
    env.deadlines.delete(this)
    new Acknowledgement(env, hold)
      .send((id) => env.addon.connectClose(this.#id, id))
      .promise.catch(() => {
        // only a Context that was closed first answers with an error, and then the connection has ended too
      })
  }
}
