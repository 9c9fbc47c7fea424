import { InvalidArgumentError } from '../errors.js'
import { quote } from '../input/index.js'

/** What the client uses of a WebSocket; that of browsers and Node, and that of `ws`, have it. */
export interface WebSocketLike {
  binaryType: string
  /** Sends a text. */
  send(text: string): void
  /** Closes it. */
  close(code?: number, reason?: string): void
  /** Listens to `message`, `close` and `error`. */
  addEventListener(type: string, listener: (event: never) => void): void
}

/** A class of WebSockets, as browsers and `ws` have it; the overloads of the latter fit no narrower type. */
export type WebSocketConstructor = new (...given: never[]) => { readonly readyState: number }

type Made = new (url: string, protocols: string[]) => WebSocketLike

/** Opens one. */
export function openSocket(
  constructor: WebSocketConstructor,
  url: string,
  token: string | undefined,
): WebSocketLike {
  return new (constructor as unknown as Made)(url, protocolsFor(token))
}

interface Surroundings {
  readonly WebSocket?: WebSocketConstructor
  readonly location?: { readonly href: string }
}

/** @throws InvalidArgumentError where there is none, as in Node before version 22 */
export function defaultWebSocket(): WebSocketConstructor {
  const { WebSocket } = globalThis as unknown as Surroundings
  if (WebSocket === undefined)
    throw new InvalidArgumentError(
      'there is no global WebSocket here: give one, for example that of the package ws, as the option "WebSocket"',
      { op: 'Context' },
    )
  return WebSocket
}

/**
 * Where the WebSocket of a bridge is: `http(s)://host[/path]` and `ws(s)://…/pv` are the same bridge.
 *
 * @throws InvalidArgumentError for what is not the address of a bridge
 */
export function socketUrl(given: unknown): string {
  const { location } = globalThis as unknown as Surroundings
  const text = given ?? (location === undefined ? undefined : new URL('/', location.href).href)
  if (typeof text !== 'string')
    throw new InvalidArgumentError(
      given === undefined
        ? 'outside of a page the address of the bridge must be given'
        : `the address of a bridge is text, not ${quote(given)}`,
      { op: 'Context' },
    )
  const url = parsed(text, location?.href)
  const found = /^(http|ws)(s?):$/.exec(url.protocol)
  if (found === null || url.username !== '' || url.password !== '')
    throw new InvalidArgumentError(
      `the address of a bridge begins with http://, https://, ws:// or wss:// and holds no password`,
      { op: 'Context' },
    )
  const path = found[1] === 'ws' && url.pathname.endsWith('/pv') ? url.pathname : pathUnder(url.pathname)
  return `ws${found[2]}://${url.host}${path}?v=2`
}

function pathUnder(path: string): string {
  const base = path.replace(/\/+$/, '')
  return `${base === '' ? '/pvws' : base}/pv`
}

function parsed(text: string, base: string | undefined): URL {
  try {
    return base === undefined ? new URL(text) : new URL(text, base)
  } catch (cause) {
    throw new InvalidArgumentError(`${quote(text)} is not the address of a bridge`, { op: 'Context', cause })
  }
}

/** The sub-protocols that carry a token, which a browser cannot send as a header. */
function protocolsFor(token: string | undefined): string[] {
  if (token === undefined) return ['pvws']
  const bytes = Array.from(new TextEncoder().encode(token), (byte) => String.fromCharCode(byte)).join('')
  const base64url = btoa(bytes).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
  return ['pvws', `token.${base64url}`]
}
