// The connection below a WebSocket: TLS, a proxy, and one connection for all legs of an authentication.
import { Agent, request as requestOf, type AgentOptions, type ClientRequest } from 'node:http'
import { Agent as SecureAgent, request as secureRequestOf } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import type { Settings } from '../options.js'

type Done = (error: Error | null, socket?: Duplex) => void

/** Goes through an HTTP proxy, for a server with TLS and for one without. */
class TunnelAgent extends Agent {
  readonly #proxy: URL
  readonly #tls: object | undefined
  /** Asked of the proxy, and not answered yet. Node knows of connections only when they are there. */
  readonly #asked = new Set<ClientRequest>()

  constructor(options: AgentOptions, proxy: string, tls: object | undefined) {
    super(options)
    this.#proxy = new URL(proxy)
    this.#tls = tls
    // Node reads it: `http:` is refused where the URL says wss.
    Object.assign(this, { protocol: tls === undefined ? 'http:' : 'https:' })
  }

  override createConnection(
    options: { host?: string | null; port?: number | string | null },
    done: Done,
  ): undefined {
    const { protocol, hostname, port, username, password } = this.#proxy
    const target = `${options.host ?? ''}:${options.port ?? ''}`
    const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)
    const connect = (protocol === 'https:' ? secureRequestOf : requestOf)({
      host: hostname,
      port: port === '' ? undefined : port,
      method: 'CONNECT',
      path: target,
      agent: false,
      headers: {
        host: target,
        ...(username === '' ? {} : { 'proxy-authorization': `Basic ${credentials.toString('base64')}` }),
      },
    })
    this.#asked.add(connect)
    connect.once('close', () => this.#asked.delete(connect))
    connect.once('error', (error) => done(error))
    connect.once('response', (response) => {
      response.resume()
      connect.destroy()
      done(new Error(`the proxy answered ${response.statusCode ?? 0}`))
    })
    connect.once('connect', (response, socket) => {
      if (response.statusCode !== 200) {
        socket.destroy()
        done(new Error(`the proxy answered ${response.statusCode ?? 0}`))
      } else if (this.#tls === undefined) done(null, socket)
      else done(null, this.#secured(socket, options.host ?? ''))
    })
    connect.end()
    return undefined
  }

  override destroy(): void {
    for (const connect of this.#asked) connect.destroy()
    super.destroy()
  }

  /** The certificate is to be that of the host, not of the proxy: without a name Node takes it for one of `localhost`. */
  #secured(socket: Socket, host: string): Duplex {
    return connectTls({ socket, host, ...serverName(host), ...this.#tls })
  }
}

/** TLS names no addresses. */
function serverName(host: string): { servername?: string } {
  return /^[\d.]+$|:/.test(host) ? {} : { servername: host }
}

/** An agent of one connection; what was upgraded is no longer its own. */
export function agentOf({ base, tls = {}, proxy }: Settings): Agent {
  const options = { keepAlive: true, maxSockets: 1 }
  const secure = base.startsWith('https:')
  if (proxy !== undefined) return new TunnelAgent(options, proxy, secure ? tls : undefined)
  return secure ? new SecureAgent({ ...options, ...(tls as object) }) : new Agent(options)
}
