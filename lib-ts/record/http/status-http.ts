import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isPlainObject, quote } from '../../input/index.js'
import type { HttpConfig } from '../config/config.js'
import type { PvListChange } from '../config/change.js'
import { RecordError } from '../errors.js'
import type { Reporting } from '../reporting.js'
import { answer, answerError, answerJson, jsonBody, Refusal } from './answers.js'
import type { Health } from './health.js'
import { metricsText } from './metrics.js'

type Handler = (req: IncomingMessage, res: ServerResponse, target: URL) => Promise<void> | void
type Methods = Readonly<Record<string, Handler>>

/** Takes over what is below a path of its own. */
export interface Mount {
  readonly path: string
  handle(req: IncomingMessage, res: ServerResponse): void
}

/** Health, metrics and status of a recorder by HTTP; changes for those who have the token. */
export class StatusHttp {
  readonly #recorder: Reporting
  readonly #health: Health
  readonly #version: string
  readonly #options: HttpConfig
  readonly #server: Server
  readonly #mounts: Mount[] = []
  readonly #routes: Readonly<Record<string, Methods>> = {
    '/healthz': this.#read((res) => {
      const ill = this.#health.ill()
      answerJson(res, ill.length === 0 ? 200 : 503, { healthy: ill.length === 0, reasons: ill })
    }),
    '/readyz': this.#read((res) => {
      const ready = this.#health.ready()
      answerJson(res, ready ? 200 : 503, { ready })
    }),
    '/metrics': this.#read((res) => {
      const text = metricsText(this.#recorder.status(), this.#version, this.#health.uptime)
      answer(res, 200, 'text/plain; version=0.0.4; charset=utf-8', text)
    }),
    '/status': this.#read((res) => {
      answerJson(res, 200, this.#recorder.status())
    }),
    '/pvs': {
      ...this.#read((res, target) => {
        answerJson(res, 200, this.#pvs(target.searchParams.get('state')))
      }),
      PATCH: async (req, res) => {
        this.#trust(req)
        answerJson(res, 200, await this.#recorder.update(changeIn(await jsonBody(req))))
      },
    },
    '/reload': {
      POST: async (req, res) => {
        this.#trust(req)
        await jsonBody(req)
        answerJson(res, 200, await this.#recorder.reload())
      },
    },
  }

  constructor(recorder: Reporting, health: Health, version: string, options: HttpConfig) {
    this.#recorder = recorder
    this.#health = health
    this.#version = version
    this.#options = options
    // A client that sends nothing must not keep a connection.
    this.#server = createServer({ headersTimeout: 10_000, requestTimeout: 30_000 }, (req, res) => {
      void this.#answer(req, res)
    })
  }

  /** @throws RecordError when the port cannot be had */
  async open(): Promise<void> {
    const { port, host = '127.0.0.1' } = this.#options
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause) => {
        const message = `HTTP on ${host}:${port}: ${cause.message}`
        reject(new RecordError(message, { code: 'ERR_RECORD_START', cause }))
      })
      this.#server.listen(port, host, resolve)
    })
  }

  get url(): string {
    const { address, port, family } = this.#server.address() as AddressInfo
    const host = address === '0.0.0.0' || address === '::' ? 'localhost' : address
    return `http://${family === 'IPv6' && host === address ? `[${host}]` : host}:${port}`
  }

  mount(mount: Mount): void {
    this.#mounts.push(mount)
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }

  async #answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    try {
      const { url = '', method = '' } = req
      if (!url.startsWith('/') || !URL.canParse(url, 'http://recorder.invalid'))
        throw new Refusal(400, 'the target of the request is not a path')
      const target = new URL(url, 'http://recorder.invalid')
      const mount = this.#mounts.find(({ path }) => target.pathname.startsWith(path))
      if (mount !== undefined) {
        mount.handle(req, res)
        return
      }
      const methods = this.#methods(target.pathname)
      const handler = Object.hasOwn(methods, method) ? methods[method] : undefined
      if (handler === undefined) {
        const allow = Object.keys(methods).join(', ')
        throw new Refusal(405, `there is ${allow}, and no ${quote(method)}`, { allow })
      }
      await handler(req, res, target)
    } catch (error) {
      answerError(res, error)
    }
    req.resume() // a body that nobody wanted
  }

  #methods(path: string): Methods {
    const known = Object.hasOwn(this.#routes, path) ? this.#routes[path] : undefined
    if (known !== undefined) return known
    if (!path.startsWith('/pvs/')) throw new Refusal(404, 'there is nothing here')
    return this.#read((res) => {
      const name = decoded(path.slice('/pvs/'.length))
      const pv = this.#recorder.pv(name)
      if (pv === undefined) throw new Refusal(404, `${quote(name)} is not recorded`)
      answerJson(res, 200, pv)
    })
  }

  #read(give: (res: ServerResponse, target: URL) => void): Methods {
    const handler: Handler = (_, res, target) => {
      give(res, target)
    }
    return { GET: handler, HEAD: handler }
  }

  #pvs(state: string | null): unknown {
    if (state !== null && state !== 'connected' && state !== 'disconnected')
      throw new Refusal(400, `"state" is connected or disconnected, not ${quote(state)}`)
    return [...this.#recorder.pvs()].filter(
      ({ connected }) => state === null || connected === (state === 'connected'),
    )
  }

  /** A page of somebody else can send a request here, but not with the token. */
  #trust({ headers: { authorization = '' } }: IncomingMessage): void {
    const { token } = this.#options
    const given = /^Bearer +(\S+)$/i.exec(authorization)?.[1]
    if (token === undefined)
      throw new Refusal(403, 'the configuration has no http.token: nothing can be changed here')
    if (given === undefined || !timingSafeEqual(digest(given), digest(token)))
      throw new Refusal(403, 'this needs "authorization: Bearer" with the token of the configuration')
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Refusal(400, 'the name of the PV is not percent-encoded')
  }
}

function changeIn(body: unknown): PvListChange {
  if (!isPlainObject(body))
    throw new Refusal(body === undefined ? 415 : 400, 'the body is { "add": […], "remove": […] }')
  const unknown = Object.keys(body).find((key) => key !== 'add' && key !== 'remove')
  if (unknown !== undefined) throw new Refusal(400, `there is "add" and "remove", and no ${quote(unknown)}`)
  return body
}
