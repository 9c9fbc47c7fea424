import { hostname } from 'node:os'
import { isIP } from 'node:net'
import type { IncomingMessage } from 'node:http'
import { quote } from '../input/index.js'
import { BridgeError } from '../pvws/index.js'
import type { Settings } from './options.js'

const WEB: ReadonlySet<string> = new Set(['http:', 'https:'])

/** Whether the address is this machine's own loopback. */
export function isLoopback(address: string): boolean {
  // Not by the beginning alone: 127.0.0.1.evil.example is a name.
  if (isIP(address) === 0) return address === 'localhost'
  return /^(127\.|::1$|::ffff:127\.)/.test(address)
}

/** Who may come in: by the name they use for this host, and the page they come from. */
export class Door {
  readonly #settings: Settings
  readonly #names: ReadonlySet<string>
  readonly #trusted: ReadonlySet<string>

  constructor(settings: Settings) {
    this.#settings = settings
    const own = ['localhost', hostname().toLowerCase(), ...settings.hosts.map((name) => name.toLowerCase())]
    this.#names = new Set(own)
    this.#trusted = new Set(settings.trustProxy.map(plainAddress))
  }

  /**
   * A page of another site that has made its name lead here still sends its own name.
   *
   * @throws BridgeError for a name that is not this host's
   */
  checkHost({ headers }: IncomingMessage): void {
    const name = hostIn(headers.host)
    if (name !== undefined && (isIP(name) !== 0 || this.#names.has(name))) return
    throw new BridgeError(
      'ERR_BRIDGE_HOST',
      `this bridge is not called ${quote(headers.host ?? '')}: name it with the option "hosts"`,
    )
  }

  /**
   * Browsers send the origin of the page with each upgrade and each request that changes something; programs send none.
   *
   * @throws BridgeError for a page that may not connect
   */
  checkOrigin({ headers, socket }: IncomingMessage): void {
    const { origin } = headers
    if (origin === undefined || this.allows(origin, headers.host, socket)) return
    throw new BridgeError(
      'ERR_BRIDGE_ORIGIN',
      `pages of ${quote(origin)} may not connect: allow them with the option "origins"`,
    )
  }

  /** Where a request came from: what a trusted proxy says, else the other end of the connection. */
  peerOf({ headers, socket }: IncomingMessage): string {
    let peer = plainAddress(socket.remoteAddress)
    const named = (headers['x-forwarded-for'] ?? '').toString().split(',')
    // Each proxy adds the one before it; beyond the last that is trusted anybody may have written it.
    for (const one of named.reverse()) {
      if (!this.#trusted.has(peer) || isIP(one.trim()) === 0) break
      peer = plainAddress(one.trim())
    }
    return peer
  }

  /** Whether the other end of the connection is a proxy that was named. */
  isTrusted({ socket }: IncomingMessage): boolean {
    return this.#trusted.has(plainAddress(socket.remoteAddress))
  }

  /** Whether the page was fetched by TLS, as far as can be told. */
  isSecure(req: IncomingMessage): boolean {
    if ('encrypted' in req.socket) return true
    return this.isTrusted(req) && req.headers['x-forwarded-proto'] === 'https'
  }

  /** Whether pages of that origin may use this bridge. */
  allows(origin: string, host: string | undefined, socket: IncomingMessage['socket']): boolean {
    const { origins } = this.#settings
    if (origins.includes('*') || origins.includes(origin.toLowerCase())) return true
    if (!URL.canParse(origin)) return false
    const page = new URL(origin)
    // A proxy before this bridge may end TLS: the page is https then. Where TLS ends here, an http page is another.
    const scheme = 'encrypted' in socket ? 'https:' : page.protocol
    if (host !== undefined && WEB.has(scheme) && page.origin === originOf(scheme, host)) return true
    return isLoopback(this.#settings.host) && isLoopback(page.hostname.replace(/^\[|\]$/g, ''))
  }
}

/** An IPv4 address that came over IPv6 is the same one. */
function plainAddress(address = ''): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '')
}

function originOf(scheme: string, host: string): string | undefined {
  const text = `${scheme}//${host}`
  return URL.canParse(text) ? new URL(text).origin : undefined
}

/** The name or address in a Host header, without port and brackets; undefined when there is none, or it is malformed. */
function hostIn(header: string | undefined): string | undefined {
  if (header === undefined || /[@/\\?#\s]/.test(header)) return undefined
  const text = `http://${header}`
  if (!URL.canParse(text)) return undefined
  return new URL(text).hostname.replace(/^\[|\]$/g, '').toLowerCase()
}
