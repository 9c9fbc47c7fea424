// Where a client with these settings searches.
import type { NetworkInterfaceInfo } from 'node:os'
import { parseAddress, splitList } from '../../config/index.js'
import type { Setting } from '../settings.js'

export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>

/** What the settings say, as text; undefined where nothing is set. */
export interface Given {
  readonly addr: Setting | undefined
  readonly nameServer: Setting | undefined
  readonly interfaces: Setting | undefined
  readonly autoAddr: Setting | undefined
  readonly udpPort: Setting | undefined
  readonly tcpPort: Setting | undefined
}

export interface Entry {
  /** As it was written. */
  readonly text: string
  readonly host: string
  readonly port: number
}

export interface Broadcast {
  readonly name: string
  readonly address: string
  readonly broadcast: string
}

export interface Effective {
  readonly udpPort: number
  readonly tcpPort: number
  readonly addresses: readonly Entry[]
  readonly nameServers: readonly Entry[]
  readonly auto: boolean
  /** Broadcast addresses that are searched. */
  readonly broadcasts: readonly Broadcast[]
  /** All there are, whatever the settings say. */
  readonly allBroadcasts: readonly Broadcast[]
  /** Whether 127.0.0.1 is searched, because there is nothing else. */
  readonly onlyLoopback: boolean
}

const UDP_PORT = 5076
const TCP_PORT = 5075

export function effective(given: Given, interfaces: Interfaces): Effective {
  const udpPort = portOf(given.udpPort, UDP_PORT)
  const tcpPort = portOf(given.tcpPort, TCP_PORT)
  const auto = !/^(no|0)$/i.test(given.autoAddr?.text.trim() ?? 'yes')
  const allBroadcasts = broadcastsOf(interfaces)
  const used = splitList(given.interfaces?.text).map(hostIn)
  const isUsed = ({ address }: Broadcast): boolean =>
    used.length === 0 || used.includes('0.0.0.0') || used.includes(address)
  const broadcasts = auto ? allBroadcasts.filter(isUsed) : []
  const addresses = entriesOf(given.addr, udpPort)
  const nameServers = entriesOf(given.nameServer, tcpPort)
  const nothing = given.addr === undefined && given.nameServer === undefined
  const outside = Object.values(interfaces).some((all) =>
    all?.some((one) => one.family === 'IPv4' && !one.internal),
  )
  return {
    udpPort,
    tcpPort,
    addresses,
    nameServers,
    auto,
    broadcasts,
    allBroadcasts,
    onlyLoopback: nothing && !outside,
  }
}

function portOf(setting: Setting | undefined, otherwise: number): number {
  const port = Number(setting?.text.trim() ?? NaN)
  return Number.isInteger(port) && port > 0 && port <= 65_535 ? port : otherwise
}

/** The entries that parse; those that do not are a finding of their own. */
function entriesOf(setting: Setting | undefined, port: number): Entry[] {
  return splitList(setting?.text).flatMap((text): Entry[] => {
    const parts = parseAddress(text)
    return typeof parts === 'string' ? [] : [{ text, host: parts.host, port: parts.port ?? port }]
  })
}

function hostIn(text: string): string {
  const parts = parseAddress(text)
  return typeof parts === 'string' ? text : parts.host
}

export function broadcastsOf(interfaces: Interfaces): Broadcast[] {
  return Object.entries(interfaces).flatMap(([name, all = []]) =>
    all.flatMap((one): Broadcast[] => {
      const broadcast =
        one.family === 'IPv4' && !one.internal ? broadcastOf(one.address, one.netmask) : undefined
      return broadcast === undefined ? [] : [{ name, address: one.address, broadcast }]
    }),
  )
}

/** undefined for a network that has none, of one or two addresses. */
function broadcastOf(address: string, netmask: string): string | undefined {
  const host = numberOf(netmask) ^ 0xffff_ffff
  if (host >>> 0 < 3) return undefined
  const broadcast = (numberOf(address) | host) >>> 0
  return [24, 16, 8, 0].map((shift) => (broadcast >>> shift) & 0xff).join('.')
}

function numberOf(address: string): number {
  return address.split('.').reduce((sum, part) => ((sum << 8) | Number(part)) >>> 0, 0)
}

/** Whether an address is that of many hosts. */
export function isForMany(host: string, all: readonly Broadcast[]): boolean {
  const first = Number(/^\d+/.exec(host)?.[0])
  const isMulticast = /^[\d.]+$/.test(host) && first >= 224 && first <= 239
  return isMulticast || host === '255.255.255.255' || all.some(({ broadcast }) => broadcast === host)
}
