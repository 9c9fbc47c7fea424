import { networkInterfaces } from 'node:os'
import { TimeoutError } from '../errors.js'
import { log } from '../log.js'
import type { Progress } from '../native/index.js'
import type { ContextConfig } from './config.js'
import { detailsOf, headOf, type Subject } from './context-core.js'

export interface Late {
  readonly target: Subject
  /** ms */
  readonly timeout: number
  /** The server the call was sent to by its `server` option, or `''`. */
  readonly server: string
  readonly config: ContextConfig
  readonly progress: Progress | undefined
}

interface Text {
  readonly headline: string
  readonly lines: readonly (readonly [name: string, text: string])[]
}

/**
 * What a call that ran out of time says. Three cases read differently: never found, found but not to be connected to,
 * connected but silent.
 */
export function timeoutError(late: Late): TimeoutError {
  const phase = late.progress?.phase
  const { headline, lines } = textOf(late)
  const message = [headline, ...lines.map(([name, text]) => `  ${name.padEnd(10)} ${text}`)].join('\n')
  const hint = lines.find(([name]) => name === 'try')?.[1]
  return new TimeoutError(message, {
    ...detailsOf(late.target),
    ...(phase && { phase }),
    ...(hint !== undefined && { hint }),
  })
}

function textOf(late: Late): Text {
  switch (late.progress?.phase) {
    case 'search':
      return late.server === '' ? notFound(late) : notConnected(late, late.server)
    case 'connect':
      return notConnected(late, late.progress.server || late.server)
    case 'init':
    case 'execute':
      return silent(late, late.progress)
    case undefined:
      return { headline: `${what(late)} did not end within ${within(late)}`, lines: [] }
  }
}

function notFound(late: Late): Text {
  const { options } = late.config
  const searched = searchedAddresses(late.config)
  const lines: [string, string][] = []
  if (searched.length === 0) {
    lines.push([
      'searched',
      'nowhere: no address list, no broadcast addresses and no name servers are configured',
    ])
  } else {
    lines.push(['searched', searched.join(', ')])
    lines.push(['replies', `none for this name${heard(late.progress)}`])
  }
  const ports =
    options.autoAddressList || options.addressList.length > 0
      ? `, UDP ${options.broadcastPort} in the firewall`
      : ''
  lines.push([
    'try',
    `the spelling of the name, addressList (EPICS_PVA_ADDR_LIST) or nameServers (EPICS_PVA_NAME_SERVERS)${ports}; ` +
      'in containers broadcast usually fails',
  ])
  return { headline: `${what(late)} was not found within ${within(late)} (phase: search)`, lines }
}

// Tells a misspelt name from a network problem.
function heard(progress: Progress | undefined): string {
  const { count, first } = progress?.beacons ?? { count: 0, first: '' }
  if (count === 0) return ''
  const named = first.split(', ').length
  return `; ${count === 1 ? 'a server is heard' : `${count} servers are heard`}: ${first}${count > named ? ', …' : ''}`
}

function notConnected(late: Late, server: string): Text {
  const name = server === '' ? 'server' : `server ${server}`
  const found =
    late.target.server !== undefined
      ? ''
      : late.server === ''
        ? ` was found, but its ${name}`
        : ` was not reached: the ${name}`
  return {
    headline: `${what(late)}${found} could not be connected to within ${within(late)} (phase: connect)`,
    lines: [
      [
        'try',
        `that the server runs and that its TCP port${server === '' ? '' : ` (${server})`} is open to this host`,
      ],
    ],
  }
}

function silent(late: Late, progress: Progress): Text {
  const { op, server } = late.target
  const name = server === undefined ? ` its server${progress.server === '' ? '' : ` ${progress.server}`}` : ''
  const reached =
    progress.phase === 'init' && server === undefined ? 'did not describe it' : `did not answer the ${op}`
  const cause =
    progress.phase === 'init' && server === undefined
      ? 'whether the PV has a value yet: one that is not open, or only answers RPCs, is not described; else whether the server hangs or is just slow (then: a longer timeout)'
      : 'whether the server or the record behind it hangs or is just slow (then: a longer timeout)'
  return {
    headline: `${what(late)} is connected, but${name} ${reached} within ${within(late)} (phase: ${progress.phase})`,
    lines: [['try', cause]],
  }
}

function what(late: Late): string {
  return headOf(late.target)
}

function within({ timeout }: Late): string {
  return timeout < 1_000 ? `${timeout} ms` : `${timeout / 1_000} s`
}

/** Warns at once that a Context will find nothing unless calls name their server. */
export function warnWithoutDestinations({ options }: ContextConfig): void {
  if (options.addressList.length > 0 || options.autoAddressList || options.nameServers.length > 0) return
  const settings =
    'addressList (EPICS_PVA_ADDR_LIST), autoAddressList (EPICS_PVA_AUTO_ADDR_LIST) or nameServers (EPICS_PVA_NAME_SERVERS)'
  log('warning', 'node-pvxs.client', `a Context without any search destination finds no PV: set ${settings}`)
}

/** Everywhere a search goes to, with the setting that sends it there. */
export function searchedAddresses({ options, addressSource }: ContextConfig): string[] {
  const withPort = (host: string, port: number): string =>
    /^\[.*\]:|^[^:]*:[0-9]+/.test(host) ? host : `${host}:${port}`
  const searched = options.addressList.map(
    (host) => `${withPort(host, options.broadcastPort)} (${addressSource})`,
  )
  if (options.autoAddressList) {
    for (const host of broadcastAddresses(options.interfaces)) {
      searched.push(`${host}:${options.broadcastPort} (automatic address list)`)
    }
  }
  for (const host of options.nameServers) searched.push(`${withPort(host, options.serverPort)} (name server)`)
  return searched
}

/** Broadcast addresses of the local interfaces, or of those with the given addresses. */
function broadcastAddresses(interfaces: readonly string[]): string[] {
  const wanted = interfaces.map((text) => text.split(/[:,@]/, 1)[0]).filter((host) => host !== '0.0.0.0')
  const found = new Set<string>()
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { family, internal, address, netmask } of addresses ?? []) {
      if (family !== 'IPv4' || internal || (wanted.length > 0 && !wanted.includes(address))) continue
      found.add(broadcastOf(address, netmask))
    }
  }
  return [...found]
}

function broadcastOf(address: string, netmask: string): string {
  const mask = netmask.split('.').map(Number)
  return address
    .split('.')
    .map((part, index) => Number(part) | (~(mask[index] ?? 255) & 255))
    .join('.')
}
