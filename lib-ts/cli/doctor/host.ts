// The host itself: files that may be open, ports, interfaces.
import { createSocket } from 'node:dgram'
import { existsSync, readdirSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import { parseAddress, splitList } from '../../config/index.js'
import { quote } from '../../input/index.js'
import type { Probe } from '../net/probe.js'
import { broadcastsOf, type Given, type Interfaces } from './effective.js'
import { fail, note, ok, type Finding } from './finding.js'

const FEWEST_FILES = 256
const FEWEST_LEFT = 32

export interface HostInput {
  /** The soft limit of open files, and how many are open; undefined where the system does not tell. */
  readonly files: { readonly limit: number; readonly open: number } | undefined
  readonly udpPort: number
  /** Whether the UDP port is held so that it cannot be shared. */
  readonly udpTaken: boolean
  readonly tcpPort: number
  /** What listens at the TCP port of this host. */
  readonly tcp: Probe
}

export function checkHost({ files, udpPort, udpTaken, tcpPort, tcp }: HostInput): Finding[] {
  const findings: Finding[] = []
  if (files !== undefined && (files.limit < FEWEST_FILES || files.limit - files.open < FEWEST_LEFT)) {
    const text = `${files.limit} files may be open, and ${files.open} are: every connection needs one`
    findings.push(fail('host', 'fd-limit', text, { try: 'ulimit -n 4096', detail: files }))
  }
  if (udpTaken) {
    const text = `UDP port ${udpPort} is held by a program that does not share it: no client and no server starts here`
    findings.push(
      fail('host', 'udp-port-taken', text, { try: `ss -ulpn sport = :${udpPort}`, detail: { udpPort } }),
    )
  }
  if (tcp.state === 'foreign' || tcp.state === 'silent') {
    const text = `TCP port ${tcpPort} of this host is held by something that is not PVAccess; a server takes a free port instead`
    findings.push(
      note('host', 'tcp-port-foreign', text, { try: `ss -tlpn sport = :${tcpPort}`, detail: { tcpPort } }),
    )
  }
  if (findings.some(({ status }) => status === 'fail')) return findings
  const limit = files === undefined ? '' : `, ${files.limit} files may be open`
  return [ok('host', `UDP port ${udpPort} can be shared${limit}`), ...findings]
}

export function filesNow(): HostInput['files'] {
  if (process.platform === 'win32') return undefined
  const report = process.report as typeof process.report & { excludeNetwork?: boolean }
  report.excludeNetwork = true // else it may look up names
  const limits = (report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } }).userLimits
  const soft = limits?.open_files?.soft
  const limit = soft === 'unlimited' ? Infinity : Number(soft)
  if (!(limit > 0)) return undefined
  try {
    return { limit, open: readdirSync('/proc/self/fd').length }
  } catch {
    return { limit, open: 0 } // no /proc: the limit alone
  }
}

/** Whether somebody holds the UDP port alone. The port is held for a moment only, since it would take searches of servers. */
export function isUdpTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket({ type: 'udp4', reuseAddr: true })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      socket.close()
      resolve(error.code === 'EADDRINUSE')
    })
    socket.bind(port, () => {
      socket.close()
      resolve(false)
    })
  })
}

export function checkInterfaces(interfaces: Interfaces, given: Given, isContainer: boolean): Finding[] {
  const all = Object.values(interfaces).flatMap((one) => one ?? [])
  const v4 = all.filter(({ family, internal }) => family === 'IPv4' && !internal)
  const v6 = all.filter(
    ({ family, internal, address }) => family === 'IPv6' && !internal && !/^fe[89ab]/i.test(address),
  )
  const findings = missing(interfaces, given)
  if (v4.length === 0 && v6.length > 0) {
    const text = `this host has IPv6 addresses only (${v6.map(({ address }) => address).join(', ')}); PVAccess searches by IPv4`
    findings.push(
      fail('interfaces', 'ipv6-only', text, { try: 'export EPICS_PVA_NAME_SERVERS=[ADDRESS]:5075' }),
    )
  } else if (v4.length === 0) {
    const text = 'this host has no interface but loopback: only servers on it are reached'
    findings.push(note('interfaces', 'loopback-only', text))
  }
  const broadcasts = broadcastsOf(interfaces)
  if (broadcasts.length > 1) {
    const each = broadcasts.map(({ name, address, broadcast }) => `${name} ${address} broadcast ${broadcast}`)
    findings.push(
      note('interfaces', 'multi-homed', `${broadcasts.length} networks: ${each.join('; ')}`, {
        detail: { broadcasts },
      }),
    )
  }
  if (isContainer) {
    const text =
      'this is a container: broadcasts may end at its own network, and answers name addresses of the outside'
    findings.push(note('interfaces', 'container', text))
  }
  if (findings.some(({ status }) => status === 'fail')) return findings
  const named = v4.map(({ address }) => address).join(', ')
  return [...(v4.length > 0 ? [ok('interfaces', named)] : []), ...findings]
}

function missing(interfaces: Interfaces, { interfaces: list }: Given): Finding[] {
  const own = new Set(Object.values(interfaces).flatMap((all) => all?.map(({ address }) => address) ?? []))
  const names = new Set(Object.keys(interfaces))
  const entries = splitList(list?.text)
  const isHere = (entry: string): boolean => {
    const parts = parseAddress(entry)
    const host = typeof parts === 'string' ? entry : parts.host
    const loopback = /^127\./.test(host) && own.has('127.0.0.1')
    return own.has(host) || names.has(host) || host === '0.0.0.0' || host === '::' || loopback
  }
  if (entries.length === 0 || entries.some(isHere)) return []
  const text = `${list?.from ?? ''} names no address of this host: ${entries.map(quote).join(', ')}`
  const here = [...own].filter((address) => !isIPv6(address))
  return [
    fail('interfaces', 'interface-missing', `${text}; it has ${here.join(', ')}`, {
      detail: { entries, own: [...own] },
    }),
  ]
}

export function inContainer(): boolean {
  return (
    process.platform === 'linux' &&
    (existsSync('/.dockerenv') ||
      existsSync('/run/.containerenv') ||
      process.env['KUBERNETES_SERVICE_HOST'] !== undefined)
  )
}
