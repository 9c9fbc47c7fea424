// HTTP: connections, authentication, the guard against forged requests, compression.
import { createServer, ServerResponse, type IncomingMessage, type Server } from 'node:http'
import { createServer as createSecureServer, type ServerOptions } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { parse, stringify } from 'lossless-json'
import { batch, type Part } from './batch.js'
import { Call, Refusal, type Answer } from './call.js'
import { Channels, streamsOf } from './channels.js'
import type { IdForm } from './ids.js'
import type { Model } from './model.js'
import { route, unknown } from './routes.js'
import type { Markers } from './updates.js'

const BASE = '/piwebapi'

/** A request that the simulator got. */
export interface SimulatedRequest {
  readonly verb: string
  /** With its query, below the host. */
  readonly url: string
  /** Without the base and the query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** JSON as objects, else text. */
  readonly body: unknown
}

/** What {@link PiSimulator.intercept} may answer in the server's place. */
export interface SimulatedAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** JSON, text or bytes. */
  readonly body?: unknown
  /** Sends this many bytes of the body, and cuts the connection. */
  readonly cutAfter?: number | undefined
}

/** Who may come in. */
export type SimulatedAuth =
  | { readonly user: string; readonly password: string }
  | { readonly token: string }
  | ((request: SimulatedRequest) => true | readonly string[])

export interface HttpOptions {
  readonly tls: ServerOptions | undefined
  readonly auth: SimulatedAuth | undefined
  readonly csrf: boolean
  readonly maxReturned: number
  readonly form: IdForm
  /** ms between two looks of a channel at the archive. */
  readonly pollInterval: number
  /** 0 for a free one. */
  readonly port: number
}

export type Intercept = (
  request: SimulatedRequest,
) => SimulatedAnswer | undefined | Promise<SimulatedAnswer | undefined>

export class HttpEnd {
  readonly requests: SimulatedRequest[] = []
  intercept: Intercept | undefined
  readonly channels: Channels
  readonly #model: Model
  readonly #markers: Markers
  readonly #options: HttpOptions
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined
  #port: number

  constructor(model: Model, markers: Markers, options: HttpOptions) {
    this.#model = model
    this.#markers = markers
    this.#options = options
    this.#port = options.port
    this.channels = new Channels(options.pollInterval)
  }

  get url(): string {
    return `${this.#options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${this.#port}${BASE}`
  }

  /** Listens, after the first time on the same port. */
  async start(): Promise<void> {
    if (this.#server !== undefined) return
    const handler = (request: IncomingMessage, response: ServerResponse): void => {
      this.#handle(request, response).catch((error: unknown) => response.destroy(error as Error))
    }
    const { tls } = this.#options
    const server = tls === undefined ? createServer(handler) : createSecureServer(tls, handler)
    server.on('connection', (socket: Socket) => {
      if (this.#sockets.has(socket)) return // it comes again after a refused upgrade
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      this.#upgrade(server, request, socket, head).catch((error: unknown) => socket.destroy(error as Error))
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.#port, '127.0.0.1', resolve)
    })
    this.#port = (server.address() as AddressInfo).port
    this.#server = server.unref()
  }

  /** Closes the port and cuts all connections. */
  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    this.drop()
    await closed
  }

  drop(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async #handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await received(incoming)
    this.requests.push(request)
    const own = await this.intercept?.(request)
    if (own !== undefined) {
      send(response, incoming, own)
      return
    }
    send(response, incoming, this.#guard(request) ?? (await this.#answer(request)))
  }

  /** Opens a channel, or answers why not; the connection stays, for a client that has an answer to a 401. */
  async #upgrade(server: Server, incoming: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const cut = (): void => void socket.destroy()
    socket.on('error', cut)
    const request = await received(incoming)
    this.requests.push(request)
    const own = await this.intercept?.(request)
    const refused = own ?? this.#guard(request) ?? this.#open(request, incoming, socket, head)
    socket.off('error', cut)
    if (refused === undefined || socket.destroyed) return
    const response = new ServerResponse(incoming)
    response.assignSocket(socket)
    send(response, incoming, refused)
    response.on('finish', () => {
      response.detachSocket(socket)
      if (head.length > 0) socket.unshift(head)
      server.emit('connection', socket)
    })
  }

  #open(
    request: SimulatedRequest,
    incoming: IncomingMessage,
    socket: Socket,
    head: Buffer,
  ): Answer | undefined {
    const call = this.#call(request)
    try {
      const streams = request.verb === 'GET' ? streamsOf(call) : undefined
      if (streams === undefined) return unknown(call)
      this.channels.accept(call, streams, incoming, socket, head)
      return undefined
    } catch (error) {
      if (error instanceof Refusal) return { status: error.status, body: error.body }
      throw error
    }
  }

  /** What is refused before it is looked at. */
  #guard(request: SimulatedRequest): Answer | undefined {
    const { auth, csrf } = this.#options
    if (auth !== undefined) {
      const challenges = challengesFor(auth, request)
      if (challenges !== undefined)
        return {
          status: 401,
          headers: { 'www-authenticate': challenges.join(', ') },
          body: { Message: 'Authorization has been denied for this request.' },
        }
    }
    if (csrf && request.verb !== 'GET' && request.headers['x-requested-with'] === undefined)
      return {
        status: 400,
        body: {
          Errors: [`A ${request.verb} request needs the header X-Requested-With (defense against CSRF).`],
        },
      }
    return undefined
  }

  async #answer(request: SimulatedRequest): Promise<Answer> {
    if (request.path.toLowerCase() !== 'batch' || request.verb !== 'POST') return this.#route(request)
    try {
      return await batch(request.body, (part) => this.#part(part))
    } catch (error) {
      if (error instanceof Refusal) return { status: error.status, body: error.body }
      throw error
    }
  }

  #part({ method, resource, headers, content }: Part): Promise<Answer> {
    const { pathname, search } = new URL(resource, this.url)
    const lower = Object.fromEntries(
      Object.entries(headers).map(([key, value]) => [key.toLowerCase(), value]),
    )
    const path = below(pathname)
    const part = { verb: method, url: pathname + search, path, headers: lower, body: bodyOf(content ?? '') }
    if (this.#options.csrf && method !== 'GET' && lower['x-requested-with'] === undefined)
      return Promise.resolve({ status: 400, body: { Errors: ['The header X-Requested-With is missing.'] } })
    return Promise.resolve(this.#route(part))
  }

  #route(request: SimulatedRequest): Answer {
    return route(this.#call(request), this.#markers, userOf(request.headers))
  }

  #call({ verb, url, path, body }: SimulatedRequest): Call {
    const { maxReturned, form } = this.#options
    const [controller = '', ...rest] = path.split('/').filter((part) => part !== '')
    const query = new URLSearchParams(/\?(.*)$/s.exec(url)?.[1] ?? '')
    const parts = [controller.toLowerCase(), ...rest.map(decodeURIComponent)]
    return new Call({
      method: verb,
      parts: controller === '' ? [] : parts,
      query,
      body,
      base: this.url,
      model: this.#model,
      maxReturned,
      form,
    })
  }
}

function userOf({ authorization }: SimulatedRequest['headers']): string {
  const basic = typeof authorization === 'string' ? /^Basic (.+)$/i.exec(authorization)?.[1] : undefined
  if (basic === undefined) return 'NT AUTHORITY\\ANONYMOUS LOGON'
  return Buffer.from(basic, 'base64').toString('utf8').split(':')[0] ?? ''
}

function challengesFor(auth: SimulatedAuth, request: SimulatedRequest): readonly string[] | undefined {
  if (typeof auth === 'function') {
    const answer = auth(request)
    return answer === true ? undefined : answer
  }
  const { authorization } = request.headers
  if ('token' in auth) return authorization === `Bearer ${auth.token}` ? undefined : ['Bearer']
  const right = `Basic ${Buffer.from(`${auth.user}:${auth.password}`, 'utf8').toString('base64')}`
  return authorization === right ? undefined : ['Basic realm="simulator"']
}

async function received(incoming: IncomingMessage): Promise<SimulatedRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const { method = 'GET', url = '/', headers } = incoming
  const pathname = url.split('?')[0] ?? ''
  return {
    verb: method,
    url,
    path: below(pathname),
    headers,
    body: bodyOf(Buffer.concat(chunks).toString('utf8')),
  }
}

/** The path below the base; what is elsewhere is no controller. */
function below(pathname: string): string {
  const lower = pathname.toLowerCase()
  if (lower !== BASE && !lower.startsWith(`${BASE}/`)) return `-${pathname}`
  return pathname.slice(BASE.length).replace(/^\/|\/$/g, '')
}

function bodyOf(text: string): unknown {
  if (text === '') return undefined
  try {
    return parse(text, undefined, (digits) => {
      const number = Number(digits)
      return Number.isSafeInteger(number) || !/^-?\d+$/.test(digits) ? number : BigInt(digits)
    })
  } catch {
    return text // a form, or what is wrong on purpose
  }
}

/** JSON of JavaScript drops the sign; PI's archive and its server keep it. */
const MINUS_ZERO = [{ test: (x: unknown) => Object.is(x, -0), stringify: () => '-0.0' }]

function send(response: ServerResponse, incoming: IncomingMessage, answer: SimulatedAnswer): void {
  const { status, headers = {}, body, cutAfter } = answer
  const raw =
    body === undefined
      ? Buffer.alloc(0)
      : body instanceof Uint8Array || typeof body === 'string'
        ? Buffer.from(body as string)
        : Buffer.from(stringify(body, undefined, undefined, MINUS_ZERO) ?? '')
  const zipped = raw.length > 1000 && /\bgzip\b/.test(incoming.headers['accept-encoding']?.toString() ?? '')
  const bytes = zipped && cutAfter === undefined ? gzipSync(raw) : raw
  response.writeHead(status, {
    ...(raw.length === 0 ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    'content-length': bytes.length,
    ...(zipped && cutAfter === undefined ? { 'content-encoding': 'gzip' } : {}),
    ...headers,
  })
  if (cutAfter === undefined) {
    response.end(bytes)
    return
  }
  response.write(bytes.subarray(0, cutAfter), () => response.destroy())
}
