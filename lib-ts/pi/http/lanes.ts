import type { Dispatcher } from 'undici'
import type { Settings } from '../options.js'
import type { Limits } from './limits.js'

/** One connection, which a request has to itself: all legs of an authentication must use the same. */
export class Lane {
  readonly #make: () => Promise<Dispatcher>
  #dispatcher: Dispatcher | undefined

  constructor(make: () => Promise<Dispatcher>) {
    this.#make = make
  }

  async dispatcher(): Promise<Dispatcher> {
    this.#dispatcher ??= await this.#make()
    return this.#dispatcher
  }

  /** Cuts the connection; the next request opens another. */
  async cut(): Promise<void> {
    const cut = this.#dispatcher
    this.#dispatcher = undefined
    await cut?.destroy()
  }
}

/** The connections to the server; who finds none idle waits in line. */
export class Lanes {
  readonly #settings: Settings
  readonly #all: Lane[] = []
  readonly #idle: Lane[] = []
  readonly #waiting = new Set<(lane: Lane) => void>()

  constructor(settings: Settings) {
    this.#settings = settings
  }

  /** A lane of the caller's own, until it gives it back. */
  async take(limits: Limits): Promise<Lane> {
    const idle = this.#idle.pop() ?? this.#another()
    if (idle !== undefined) return idle
    let turn: ((lane: Lane) => void) | undefined
    const lane = new Promise<Lane>((resolve) => {
      turn = resolve
      this.#waiting.add(resolve)
    })
    try {
      return await limits.or(lane)
    } catch (error) {
      // Its turn may have come in the same moment as its end.
      if (turn !== undefined && !this.#waiting.delete(turn)) void lane.then((late) => this.give(late))
      throw error
    }
  }

  give(lane: Lane): void {
    for (const next of this.#waiting) {
      this.#waiting.delete(next)
      next(lane)
      return
    }
    this.#idle.push(lane)
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((lane) => lane.cut()))
  }

  #another(): Lane | undefined {
    if (this.#all.length >= this.#settings.connections) return undefined
    const lane = new Lane(() => dispatcherOf(this.#settings))
    this.#all.push(lane)
    return lane
  }
}

async function dispatcherOf({ tls = {}, proxy, timeout }: Settings): Promise<Dispatcher> {
  // Not before it is needed: it takes longer to load than all the rest of this room.
  const { Agent, ProxyAgent } = await import('undici')
  const connect = { ...(tls as object), timeout: timeout === Infinity ? 0 : timeout }
  // The limits are ours: undici's leave out the wait for a connection, and count in whole seconds.
  const shared = { connections: 1, pipelining: 1, headersTimeout: 0, bodyTimeout: 0, connect }
  if (proxy === undefined) return new Agent(shared)
  const { username, password, origin } = new URL(proxy)
  const token = `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`
  return new ProxyAgent({
    ...shared,
    uri: origin,
    requestTls: connect,
    ...(username === '' ? {} : { token }),
  })
}
