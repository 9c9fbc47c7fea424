import { integer, readOptions, type Check } from '../input/index.js'

/** What a bridge takes at most; what is beyond is refused, and the rest goes on. */
export interface Limits {
  /** WebSockets and event streams in all. 2000. */
  readonly sockets: number
  /** Of one address, or of one user where a proxy names users. 500. */
  readonly socketsPerAddress: number
  /** PVs of one socket. 5000. */
  readonly subscriptions: number
  /** PVs in all. 50000. */
  readonly pvs: number
  /** Bytes of a message from a client. 1 MiB. */
  readonly message: number
  /** Messages per second of one socket; twice that at once. 200. */
  readonly messages: number
  /** Requests and writes of one socket that are not answered yet. 64. */
  readonly pending: number
  /** Bytes that wait for one socket, or one message. 1 MiB. */
  readonly buffered: number
  /** ms after which a socket that takes nothing is ended. 60000. */
  readonly stalled: number
  /** Bytes of one update. 64 MiB. */
  readonly value: number
}

const DEFAULTS: Limits = {
  sockets: 2_000,
  socketsPerAddress: 500,
  subscriptions: 5_000,
  pvs: 50_000,
  message: 1_048_576,
  messages: 200,
  pending: 64,
  buffered: 1_048_576,
  stalled: 60_000,
  value: 67_108_864,
}

const count = integer(1, 2_147_483_647)

const checks = Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, count]))

export const limitsCheck: Check<Limits> = (value) => ({
  ...DEFAULTS,
  ...(readOptions(value, checks, 'limits') as Partial<Limits>),
})

export const defaultLimits: Limits = DEFAULTS

/** Messages as they come, measured against a rate: a bucket that holds two seconds of it. */
export class Bucket {
  readonly #rate: number
  #tokens: number
  #at = performance.now()

  constructor(perSecond: number) {
    this.#rate = perSecond
    this.#tokens = 2 * perSecond
  }

  /** Whether one more is within the rate. */
  take(): boolean {
    const now = performance.now()
    this.#tokens = Math.min(2 * this.#rate, this.#tokens + ((now - this.#at) / 1_000) * this.#rate)
    this.#at = now
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}
