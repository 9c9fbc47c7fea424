// What is configured: variables, lists, names of hosts.
import { parseAddress, splitList } from '../../config/index.js'
import { didYouMean, quote } from '../../input/index.js'
import type { Effective, Given } from './effective.js'
import { fail, note, ok, warn, type Finding } from './finding.js'

type Environment = Readonly<Record<string, string | undefined>>

const KNOWN = [
  'EPICS_PVA_ADDR_LIST',
  'EPICS_PVA_AUTO_ADDR_LIST',
  'EPICS_PVA_BROADCAST_PORT',
  'EPICS_PVA_CONN_TMO',
  'EPICS_PVA_DEBUG',
  'EPICS_PVA_INTF_ADDR_LIST',
  'EPICS_PVA_NAME_SERVERS',
  'EPICS_PVA_SERVER_PORT',
  'EPICS_PVAS_AUTO_BEACON_ADDR_LIST',
  'EPICS_PVAS_BEACON_ADDR_LIST',
  'EPICS_PVAS_BROADCAST_PORT',
  'EPICS_PVAS_IGNORE_ADDR_LIST',
  'EPICS_PVAS_INTF_ADDR_LIST',
  'EPICS_PVAS_PROVIDER_NAMES',
  'EPICS_PVAS_SERVER_PORT',
]

// Of other implementations; node-pvxs does not read them, and they are not misspelt.
const ELSEWHERE =
  /^EPICS_PVAS?_(TLS_\w+|MAX_ARRAY_BYTES|BEACON_PERIOD|SERVER_BEACON_PERIOD|ENABLE_IPV6|TCP_\w+|NO_\w+|FAIL_\w+)$/

export interface ConfigurationInput {
  readonly env: Environment
  readonly given: Given
  readonly effective: Effective
  /** Whether the name of a host has an address. */
  readonly resolves: (host: string) => Promise<boolean>
}

/** All but `env-ca-only`, whose weight depends on what is found. */
export async function checkConfiguration(input: ConfigurationInput): Promise<Finding[]> {
  const { env, given, effective } = input
  const findings = [...misspelt(env), ...invalid(env, given), ...(await unresolved(input))]
  const { addresses, nameServers, broadcasts, udpPort, onlyLoopback } = effective
  if (addresses.length + nameServers.length + broadcasts.length === 0 && !onlyLoopback)
    findings.push(nowhere(effective))
  if (findings.length > 0) return findings
  const udp = [
    ...addresses.map(({ text }) => text),
    ...broadcasts.map(({ broadcast }) => broadcast),
    ...(onlyLoopback ? ['127.0.0.1'] : []),
  ]
  const text = [
    ...(udp.length > 0 ? [`searches ${udp.join(', ')} on UDP port ${udpPort}`] : []),
    ...(nameServers.length > 0
      ? [`asks the name servers ${nameServers.map(({ text }) => text).join(', ')}`]
      : []),
  ]
  return [ok('configuration', text.join('; '))]
}

function misspelt(env: Environment): Finding[] {
  return Object.keys(env)
    .filter((name) => /^EPICS_PVA/i.test(name) && env[name] !== '')
    .filter((name) => !KNOWN.includes(name) && !ELSEWHERE.test(name))
    .map((name) => {
      const meant = /"(.*)"/.exec(didYouMean(name, KNOWN))?.[1]
      const hint = meant === undefined ? 'no variable has this name' : `the variable is ${meant}`
      return fail('configuration', 'env-misspelt', `${name} is set and read by nobody: ${hint}`, {
        ...(meant !== undefined && { try: `unset ${name}; export ${meant}=…` }),
        detail: { name, ...(meant !== undefined && { meant }) },
      })
    })
}

const CA = ['EPICS_CA_ADDR_LIST', 'EPICS_CA_NAME_SERVERS', 'EPICS_CA_AUTO_ADDR_LIST', 'EPICS_CA_SERVER_PORT']

/** Channel Access is configured and PVAccess is not. `missed`: the PV was not found. */
export function caOnly(env: Environment, given: Given, missed: boolean): Finding[] {
  const set = CA.filter((name) => (env[name] ?? '').trim() !== '')
  const nothing = [
    given.addr,
    given.nameServer,
    given.autoAddr,
    given.interfaces,
    given.udpPort,
    given.tcpPort,
  ]
  if (set.length === 0 || nothing.some((setting) => setting !== undefined)) return []
  const text = `only Channel Access is configured (${set.join(', ')}); PVAccess reads EPICS_PVA_ADDR_LIST and its like`
  return [
    (missed ? warn : note)('configuration', 'env-ca-only', text, {
      try: 'export EPICS_PVA_ADDR_LIST="$EPICS_CA_ADDR_LIST"',
      detail: { set },
    }),
  ]
}

function invalid(env: Environment, given: Given): Finding[] {
  const wrong = (from: string, text: string, why: string): Finding =>
    fail('configuration', 'env-invalid', `${from}: ${quote(text)} ${why}`, { detail: { from, text } })
  const lists = [given.addr, given.nameServer, given.interfaces].flatMap((setting) =>
    splitList(setting?.text).flatMap((entry) => {
      const fault = parseAddress(entry)
      return typeof fault === 'string'
        ? [wrong(setting?.from ?? '', entry, `is not an address: ${fault}`)]
        : []
    }),
  )
  const ports = [given.udpPort, given.tcpPort].flatMap((setting) => {
    const isPort = setting === undefined || /^0*[1-9]\d{0,4}$/.test(setting.text.trim())
    const inRange = isPort && Number(setting?.text ?? 1) <= 65_535
    return inRange ? [] : [wrong(setting?.from ?? '', setting?.text ?? '', 'is not a port')]
  })
  const auto = given.autoAddr
  const autos =
    auto === undefined || /^(yes|no|1|0)$/i.test(auto.text.trim())
      ? []
      : [wrong(auto.from, auto.text, 'is not YES or NO')]
  const limit = env['EPICS_PVA_CONN_TMO']?.trim() ?? ''
  const limits =
    limit === '' || Number(limit) > 0 ? [] : [wrong('EPICS_PVA_CONN_TMO', limit, 'is not a time in seconds')]
  return [...lists, ...ports, ...autos, ...limits]
}

async function unresolved({ effective, resolves }: ConfigurationInput): Promise<Finding[]> {
  const named = [...effective.addresses, ...effective.nameServers].filter(
    ({ host }) => !/^[\d.]+$|:/.test(host),
  )
  const found = await Promise.all(named.map(({ host }) => resolves(host)))
  return named
    .filter((_, k) => found[k] === false)
    .map(({ host, text }) =>
      fail('configuration', 'host-unresolved', `the host ${quote(host)} of ${quote(text)} has no address`, {
        try: `getent hosts ${host}`,
        detail: { host },
      }),
    )
}

function nowhere({ auto, allBroadcasts }: Effective): Finding {
  const why = auto
    ? 'no interface in use has a broadcast address'
    : 'the broadcast addresses are switched off (EPICS_PVA_AUTO_ADDR_LIST=NO)'
  return fail(
    'configuration',
    'no-destinations',
    `nothing is searched: no address and no name server is configured, and ${why}`,
    {
      try: `export EPICS_PVA_ADDR_LIST=${allBroadcasts[0]?.broadcast ?? '127.0.0.1'}`,
    },
  )
}
