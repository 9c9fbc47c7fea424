import { networkInterfaces } from 'node:os'
import { parseAddress } from '../config/index.js'
import { TimeoutError } from '../errors.js'
import { log } from '../log.js'
import type { Progress } from '../native/index.js'
import type { ContextConfig } from './config.js'
import { detailsOf, headOf, type Subject } from './subject.js'

export interface Late {
  readonly target: Subject
  /** ms */
  readonly timeout: number
  /** The server the call was sent to by its `server` option, or `''`. */
  readonly server: string
  readonly config: ContextConfig
  /** The entries of lists of addresses that do not resolve. */
  readonly unresolved: ReadonlySet<string>
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
  return {
    headline: `${what(late)} was not found within ${within(late)} (phase: search)`,
    lines: searchLines(late),
  }
}

/** Where was searched, what was heard, and what to try. */
export function searchLines({
  config,
  unresolved,
  progress,
}: Pick<Late, 'config' | 'unresolved' | 'progress'>): [string, string][] {
  const lost = progress?.lostNameServers ?? []
  const { asked, dropped } = searchedAddresses(config, unresolved)
  const lines: [string, string][] = []
  if (asked.length === 0) {
    const none =
      dropped.length > 0 ? '' : ': no address list, no broadcast addresses and no name servers are configured'
    lines.push(['searched', `nowhere${none}`])
  } else lines.push(['searched', asked.join(', ')])
  if (dropped.length > 0) lines.push(['not', `${dropped.join(', ')} did not resolve, not searched`])
  for (const { server, why } of lost)
    lines.push(['no reply', `from name server ${server}: it could not be connected to (${why})`])
  if (asked.length > lost.length) lines.push(['replies', `none for this name${heard(progress)}`])
  lines.push(['try', advice(config)])
  return lines
}

function advice({ options }: ContextConfig): string {
  const ports = new Set<number>()
  if (options.autoAddressList) ports.add(options.broadcastPort)
  let likelyTcp = ''
  for (const entry of options.addressList) {
    const port = portOf(entry) ?? options.broadcastPort
    ports.add(port)
    if (port === options.serverPort) likelyTcp = entry
  }
  const firewall = ports.size > 0 ? `, UDP ${[...ports].join(' and ')} in the firewall` : ''
  const meant =
    likelyTcp === ''
      ? ''
      : `; ${likelyTcp} in the address list names a UDP port, and ${options.serverPort} is the TCP port of servers: ` +
        `nameServers take that, the address list takes ${options.broadcastPort}`
  return (
    `the spelling of the name, addressList (EPICS_PVA_ADDR_LIST) or nameServers (EPICS_PVA_NAME_SERVERS)${firewall}${meant}; ` +
    'in containers broadcast usually fails'
  )
}

function portOf(entry: string): number | undefined {
  const address = parseAddress(entry)
  return typeof address === 'string' ? undefined : address.port
}

// Tells a misspelt name from a network problem.
function heard(progress: Progress | undefined): string {
  const { count, first } = progress?.beacons ?? { count: 0, first: '' }
  if (count === 0) return ''
  const named = first.split(', ').length
  return `; ${count === 1 ? 'a server is heard' : `${count} servers are heard`}: ${first}${count > named ? ', …' : ''}`
}

function notConnected(late: Late, server: string): Text {
  const { trouble } = late.progress ?? {}
  const by = server === '' ? 'its server' : `server ${server}`
  if (trouble?.kind === 'refused') {
    return {
      headline: `${what(late)} was refused by ${by}: ${JSON.stringify(trouble.why)}, until ${within(late)} had passed (phase: connect)`,
      lines: [['try', 'the spelling of the name, and whether this server gives it to this client']],
    }
  }
  if (trouble?.kind === 'unanswered') {
    return {
      headline: `${what(late)} was asked for, but ${by}, which is connected, did not say within ${within(late)} whether it has it (phase: connect)`,
      lines: [['try', 'whether the server hangs or is just slow (then: a longer timeout)']],
    }
  }
  const why = trouble === undefined || trouble.why === '' ? '' : ` (${trouble.why})`
  const name = server === '' ? 'server' : `server ${server}`
  const found =
    late.target.server !== undefined
      ? ''
      : late.server === ''
        ? ` was found, but its ${name}`
        : ` was not reached: the ${name}`
  return {
    headline: `${what(late)}${found} could not be connected to within ${within(late)}${why} (phase: connect)`,
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

/** Everywhere a search goes to, with the setting that sends it there; and what is set and does not resolve. */
export function searchedAddresses(
  { options, addressSource }: ContextConfig,
  unresolved: ReadonlySet<string>,
): { asked: string[]; dropped: string[] } {
  const asked: string[] = []
  const dropped: string[] = []
  const add = (entry: string, port: number, source: string): void => {
    const full = /^\[.*\]:|^[^:]*:[0-9]+/.test(entry) ? entry : `${entry}:${port}`
    if (unresolved.has(entry)) dropped.push(`${entry} (${source})`)
    else asked.push(`${full} (${source})`)
  }
  for (const entry of options.addressList) add(entry, options.broadcastPort, addressSource)
  if (options.autoAddressList) {
    for (const host of broadcastAddresses(options.interfaces))
      add(host, options.broadcastPort, 'automatic address list')
  }
  for (const entry of options.nameServers) add(entry, options.serverPort, 'name server')
  return { asked, dropped }
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
