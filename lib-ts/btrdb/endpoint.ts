import { quote } from '../input/index.js'
import { argument } from './errors.js'

/** Where a server is: `host:port` or `[v6]:port`. */
export interface Endpoint {
  readonly text: string
  readonly host: string
  readonly port: number
}

const FORM =
  /^(?:\[([0-9a-fA-F:.]+(?:%[\w.~-]+)?)\]|([A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?)):(\d{1,5})$/

/** Several are separated by `,` or `;`. */
export function readEndpoints(from: string | readonly string[], what: string): Endpoint[] {
  const parts = (typeof from === 'string' ? [from] : from)
    .flatMap((text) => text.split(/[,;]/))
    .map((text) => text.trim())
    .filter((text) => text !== '')
  if (parts.length === 0) throw argument(`${what} names no endpoint`, { op: 'connect' })
  return parts.map((text) => readEndpoint(text, what))
}

function readEndpoint(text: string, what: string): Endpoint {
  const [, v6, name, digits] = FORM.exec(text) ?? []
  const port = Number(digits)
  if (digits === undefined || port < 1 || port > 65535) {
    throw argument(`${what}: ${shown(text)} is not an endpoint${reason(text)}`, {
      op: 'connect',
      hint: 'host:port or [v6]:port',
    })
  }
  return { text, host: v6 ?? name ?? '', port }
}

/** Somebody may have put a key there. */
function shown(text: string): string {
  return quote(text.replace(/^([a-z][a-z0-9+.-]*:\/\/)?[^@/]*@/i, '$1…@'))
}

function reason(text: string): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return ': it has a scheme'
  if (text.includes('/')) return ': it has a path'
  if (/^[0-9a-fA-F:]+$/.test(text) && text.split(':').length > 2)
    return ': an IPv6 address stands in brackets'
  const [, port] = /:(-?[\d.]+)$/.exec(text) ?? []
  if (port !== undefined) return `: there is no port ${port}`
  return text.includes(':') ? '' : ': it has no port'
}

export function isLoopback({ host }: Endpoint): boolean {
  return host === 'localhost' || /^127\.\d+\.\d+\.\d+$/.test(host) || host === '::1'
}
