import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { about, InvalidArgumentError, ResourceError } from '../../errors.js'
import { duration, integer, pvName, quote, readOptions, text, type Check } from '../../input/index.js'
import { Server } from '../../server/index.js'
import type { History } from '../../telemetry/index.js'
import { OfferedHistory } from './offered.js'

/** Where HTTP is served. */
export interface HistoryHttpOptions {
  /** 0 is a free one. */
  readonly port: number
  /** `127.0.0.1` by default: nobody else reaches it. */
  readonly host?: string | undefined
}

/** How a history is served. */
export interface ServeHistoryOptions {
  /** A server that has the PVs of the service too; without it one is made, and closed with the history. */
  readonly server?: Server | undefined
  /** The name of the service: `hist`. */
  readonly service?: string | undefined
  readonly http?: HistoryHttpOptions | undefined
  /** Samples, or names, of one answer at most: 1000000. */
  readonly maxSamples?: number | undefined
  /** ms that an RPC may take, and that a request by HTTP may stand still: 60000. */
  readonly timeout?: number | undefined
}

const httpChecks = { port: integer(0, 65_535), host: text }
const isServer: Check<Server> = (value, name) => {
  if (value instanceof Server) return value
  throw new InvalidArgumentError(`option "${name}" is a Server, not ${quote(value)}`)
}
const checks = {
  server: isServer,
  service: ((value) => pvName(value, 'serveHistory')) as Check<string>,
  http: ((value) => readOptions(value, httpChecks, 'serveHistory')) as Check<{
    port?: number
    host?: string
  }>,
  maxSamples: integer(1, Number.MAX_SAFE_INTEGER),
  timeout: duration,
}

/**
 * Serves a history by PVAccess RPC and, with `http`, under the retrieval paths of the Archiver Appliance. `docs/history.md`
 * says what can be asked.
 *
 * @throws `InvalidArgumentError` for a bad option, and when the name of a service is taken
 * @throws `ResourceError` when the port is taken
 * @example
 * import { JsonlStore, serveHistory } from 'node-pvxs/record'
 *
 * await using store = new JsonlStore('lab.jsonl')
 * await using served = await serveHistory(store, { server, service: 'lab:hist', http: { port: 0 } })
 * console.log(served.url) // http://127.0.0.1:40123/retrieval
 * const table = await ctx.rpc('lab:hist', { pv: 'lab:temperature', from: '-10m' })
 */
export async function serveHistory(store: History, options?: ServeHistoryOptions): Promise<HistoryServer> {
  const {
    server,
    service = 'hist',
    http,
    maxSamples = 1_000_000,
    timeout = 60_000,
  } = readOptions(options, checks, 'serveHistory')
  checkStore(store)
  const offered = new OfferedHistory(store, { service, maxSamples, timeout })
  const listening = http === undefined ? undefined : await listen(offered, http)
  const used = server ?? new Server()
  try {
    about({ op: 'serveHistory' }, () => {
      offered.addTo(used)
    })
    if (server === undefined) await used.start()
    return new HistoryServer(used, server === undefined, offered, listening)
  } catch (error) {
    offered.close()
    if (server === undefined) await used.close()
    listening?.close()
    throw error
  }
}

function checkStore(store: unknown): asserts store is History {
  const methods = ['read', 'windows', 'at', 'find'] as const
  const missing = methods.find((name) => typeof (store as Partial<History> | null)?.[name] !== 'function')
  if (missing !== undefined)
    throw new InvalidArgumentError(`a store is a History, with ${missing}(), not ${quote(store)}`, {
      op: 'serveHistory',
    })
}

async function listen(
  offered: OfferedHistory,
  { port, host = '127.0.0.1' }: { readonly port?: number; readonly host?: string },
): Promise<HttpServer> {
  if (port === undefined)
    throw new InvalidArgumentError('option "http" has a port: { port: 17668 }', { op: 'serveHistory' })
  const limits = { maxHeaderSize: 16_384, headersTimeout: 10_000, requestTimeout: 30_000 }
  const server = createServer(limits, (request, response) => {
    if (offered.handle(request, response)) return
    response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' })
    response.end('there is nothing here: the paths begin with /retrieval/\n')
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const text =
        cause.code === 'EADDRINUSE' ? `port ${port} of ${host} is taken` : `${host}:${port}: ${cause.message}`
      reject(new ResourceError(`the history cannot be served by HTTP: ${text}`, { cause }))
    })
    server.listen(port, host, resolve)
  })
  return server
}

/** A history that is served, until it is closed. */
export class HistoryServer implements AsyncDisposable {
  /** The server of the RPC service. */
  readonly server: Server
  /** The PVs of the service: `hist`, `hist:search`, `hist:at`. */
  readonly services: readonly string[]
  readonly #ownServer: boolean
  readonly #offered: OfferedHistory
  readonly #http: HttpServer | undefined
  readonly #address: AddressInfo | undefined
  #closing: Promise<void> | undefined

  /** @internal */
  constructor(server: Server, ownServer: boolean, offered: OfferedHistory, http: HttpServer | undefined) {
    this.server = server
    this.services = offered.services
    this.#offered = offered
    this.#ownServer = ownServer
    this.#http = http
    this.#address = http?.address() as AddressInfo | undefined
  }

  /** Of HTTP; undefined without it. */
  get port(): number | undefined {
    return this.#address?.port
  }

  /** `http://127.0.0.1:17668/retrieval` or the like; undefined without HTTP. */
  get url(): string | undefined {
    if (this.#address === undefined) return undefined
    const { address, port } = this.#address
    return `http://${address.includes(':') ? `[${address}]` : address}:${port}/retrieval`
  }

  /** Ends what is being answered, takes the service away and closes what it opened; the store stays open. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    this.#offered.close()
    const http = this.#http
    if (http !== undefined) {
      const closed = new Promise((resolve) => http.close(resolve))
      http.closeAllConnections()
      await closed
    }
    if (this.#ownServer) await this.server.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
