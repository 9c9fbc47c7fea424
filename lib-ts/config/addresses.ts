import { isIPv4, isIPv6 } from 'node:net'
import { type Check, list, quote } from '../input/index.js'
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

/** The entries of a list of addresses in a variable: white space and commas separate. */
export function splitList(text: string | undefined): string[] {
  return text?.split(/[ \t\r\n]+/).flatMap(atCommas) ?? []
}

const MULTICAST = /^2(?:2[4-9]|3[0-9])\.[^,]*$/

// The comma before a TTL, as in 224.0.2.3,8@192.168.1.1, belongs to the entry; also before what should be one and is not.
function atCommas(text: string): string[] {
  const entries: string[] = []
  for (const part of text.split(',')) {
    const before = entries.at(-1)
    const ttl =
      before !== undefined &&
      (/^[0-9]{1,3}(?:@.*)?$/.test(part) || (MULTICAST.test(before) && /^[^.:@]*@/.test(part)))
    if (ttl) entries[entries.length - 1] = `${before},${part}`
    else if (part !== '') entries.push(part)
  }
  return entries
}

/** An option that is a list of addresses, each checked. Commas separate in its elements too. */
export const addresses: Check<string[]> = (value, name) =>
  list((element: unknown) => elementOf(element, name))(value, name).flat()

function elementOf(element: unknown, name: string): string[] {
  const entries = typeof element === 'string' ? atCommas(element).map((entry) => entry.trim()) : []
  if (entries.length === 0) entries.push(element as string) // it is told as it was given
  for (const entry of entries) {
    const fault = typeof entry === 'string' ? parseAddress(entry) : 'it is not text'
    if (typeof fault === 'string')
      throw new InvalidArgumentError(`option ${quote(name)}: ${quote(entry)} is not an address: ${fault}`)
  }
  return entries
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
