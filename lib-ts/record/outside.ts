// What a recorder shows of itself to others: by HTTP, and as PVs.
import { version } from '../diagnostics/index.js'
import { Server, type ServerOptions } from '../server/index.js'
import type { History } from '../telemetry/index.js'
import type { RecordConfig } from './config/config.js'
import { RecordError } from './errors.js'
import { OfferedHistory } from './history-server/offered.js'
import { recordedHistory } from './history-server/recorded.js'
import { Health } from './http/health.js'
import { StatusHttp } from './http/status-http.js'
import type { Lanes } from './lanes.js'
import type { Reporting } from './reporting.js'
import { StatusPvs } from './status-pvs.js'

const PERIOD = 1_000 // ms

export class Outside {
  readonly #recorder: Reporting
  readonly #config: RecordConfig
  readonly #health: Health
  readonly #stalled: () => ReadonlyMap<string, number>
  #http: StatusHttp | undefined
  #server: Server | undefined
  #pvs: StatusPvs | undefined
  #timer: NodeJS.Timeout | undefined
  readonly #store: () => History
  #offered: OfferedHistory | undefined

  constructor(
    recorder: Reporting,
    lanes: Lanes,
    everyLinked: () => boolean,
    config: RecordConfig,
    stores: Readonly<Record<string, History>> = {},
  ) {
    this.#recorder = recorder
    this.#store = () => recordedHistory(config.history?.store ?? '', lanes, stores)
    this.#config = config
    this.#stalled = () => new Map([...lanes].map((lane) => [lane.name, lane.stalled]))
    this.#health = new Health(recorder, this.#stalled, everyLinked, config.http)
  }

  /** @throws RecordError when a port cannot be had */
  async open(): Promise<void> {
    const { http, status, history } = this.#config
    if (history !== undefined) {
      const { service = 'hist', maxSamples = 1_000_000, timeout = 60_000 } = history
      this.#offered = new OfferedHistory(this.#store(), { service, maxSamples, timeout })
    }
    const { package: own } = version()
    if (http !== undefined) {
      this.#http = new StatusHttp(this.#recorder, this.#health, own, http)
      this.#mountHistory(this.#http)
      await this.#http.open()
    }
    if (status !== undefined) {
      const { prefix, ...options } = status
      this.#server = await served(options)
      this.#pvs = new StatusPvs(this.#server, prefix, own, this.#recorder, this.#health)
    }
    if (this.#offered !== undefined) await this.#serveHistory(this.#offered)
    if (http !== undefined || status !== undefined)
      this.#timer = setInterval(() => {
        this.#stalled() // else a sink that gets on between two requests would count as one that does not
        this.changed()
      }, PERIOD).unref()
  }

  #mountHistory(http: StatusHttp): void {
    const offered = this.#offered
    if (offered !== undefined)
      http.mount({
        path: '/retrieval/',
        handle: (request, response) => void offered.handle(request, response),
      })
  }

  async #serveHistory(offered: OfferedHistory): Promise<void> {
    this.#server ??= await served({})
    try {
      offered.addTo(this.#server)
    } catch (cause) {
      throw new RecordError(`history: ${(cause as Error).message}`, { code: 'ERR_RECORD_START', cause })
    }
  }

  get url(): string | undefined {
    return this.#http?.url
  }

  get server(): Server | undefined {
    return this.#server
  }

  /** Something changed that the PVs tell of. */
  changed(): void {
    this.#pvs?.post()
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#pvs = undefined
    this.#offered?.close()
    await this.#http?.close()
    await this.#server?.close()
  }
}

async function served(options: ServerOptions): Promise<Server> {
  try {
    return await Server.start(options)
  } catch (cause) {
    throw new RecordError(`status: ${(cause as Error).message}`, { code: 'ERR_RECORD_START', cause })
  }
}
