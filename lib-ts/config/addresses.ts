import { isIPv4, isIPv6 } from 'node:net'
import { type Check, quote } from '../input/index.js'
import { InvalidArgumentError } from '../errors.js'

/** `host[:port][,ttl][@interface]` in its parts; an IPv6 address without its brackets. */
export interface Address {
  readonly host: string
  readonly port: number | undefined
  readonly ttl: number | undefined
  readonly iface: string | undefined
}

const FORM = /^(?:\[([^\]]*)\]|([^:,@[\]]+))(?::([^,@]*))?(?:,([^@]*))?(?:@(.+))?$/
const HOST_NAME =
  /^(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$/
const IFACE = /^[A-Za-z0-9_.:%-]+$/

/** The parts of an address, or what is wrong with it, as text. A host name is not looked up. */
export function parseAddress(text: string): Address | string {
  // An IPv6 address may stand bare when nothing else does.
  const [bare = '', zone] = text.split('%', 2)
  if (isIPv6(bare) && (zone === undefined || IFACE.test(zone))) {
    return { host: text, port: undefined, ttl: undefined, iface: undefined }
  }
  const parts = FORM.exec(text)
  if (parts === null) return 'it is not host, host:port or [IPv6]:port'
  const [, v6, name, portText, ttlText, iface] = parts
  const host = v6 ?? name ?? ''
  const fault =
    v6 === undefined
      ? hostFault(host)
      : isIPv6(v6.split('%', 1)[0] ?? '')
        ? undefined
        : `${quote(v6)} is not an IPv6 address`
  if (fault !== undefined) return fault
  const port = numberIn(portText, 65_535)
  if (port === null) return `${quote(portText)} is not a port`
  const ttl = numberIn(ttlText, 255)
  if (ttl === null) return `${quote(ttlText)} is not a TTL`
  if (iface !== undefined && !IFACE.test(iface)) return `${quote(iface)} is not an interface`
  return { host, port, ttl, iface }
}

function hostFault(host: string): string | undefined {
  if (/^[0-9.]+$/.test(host)) return isIPv4(host) ? undefined : `${quote(host)} is not an IPv4 address`
  return HOST_NAME.test(host) ? undefined : `${quote(host)} is not a host name`
}

function numberIn(text: string | undefined, most: number): number | undefined | null {
  if (text === undefined) return undefined
  return /^[0-9]{1,5}$/.test(text) && Number(text) <= most ? Number(text) : null
}

/** An address of an option, as text, checked. */
export const address: Check<string> = (value, name) => {
  const fault = typeof value === 'string' ? parseAddress(value.trim()) : 'it is not text'
  if (typeof fault === 'string')
    throw new InvalidArgumentError(`option ${quote(name)}: ${quote(value)} is not an address: ${fault}`)
  return (value as string).trim()
}

/** The address of one server, `host[:port]`, checked. */
export function serverAddress(value: unknown, op: string): string {
  const parts = typeof value === 'string' ? parseAddress(value.trim()) : 'it is not text'
  if (typeof parts === 'string')
    throw new InvalidArgumentError(`${quote(value)} is not a server's address: ${parts}`, { op })
  if (parts.ttl !== undefined || parts.iface !== undefined || parts.port === 0) {
    throw new InvalidArgumentError(`${quote(value)} is not a server's address: it is host or host:port`, {
      op,
    })
  }
  return (value as string).trim()
}
