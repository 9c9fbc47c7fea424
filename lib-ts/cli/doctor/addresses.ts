// Every address that is configured, asked by UDP and by TCP.
import { escapeLine } from '../../input/index.js'
import type { Probe } from '../net/probe.js'
import type { Entry } from './effective.js'
import { fail, ok, type Finding } from './finding.js'

export interface AddressInput {
  readonly entry: Entry
  /** Whether a server answered a search that went there. */
  readonly answered: boolean
  /** What listens at the TCP port of servers there. */
  readonly tcp: Probe
  readonly tcpPort: number
}

/** A host in the address list. */
export function checkAddress({ entry, answered, tcp, tcpPort }: AddressInput): Finding {
  const { text, host, port } = entry
  if (answered) return ok('addresses', `${text} answers searches`)
  const detail = { address: text }
  if (tcp.state === 'speaks') {
    const said = `${text}: a server listens at TCP port ${tcpPort}, but searches on UDP port ${port} get no answer: a firewall, or another port`
    return fail('addresses', 'udp-blocked', said, {
      try: `export EPICS_PVA_NAME_SERVERS=${host}:${tcpPort}`,
      detail,
    })
  }
  const why = 'reason' in tcp ? `TCP port ${tcpPort}: ${tcp.reason}` : `TCP port ${tcpPort} is not PVAccess`
  return fail('addresses', 'unreachable', `${text} does not answer searches (${why})`, {
    try: `ping ${host}`,
    detail,
  })
}

/** A name server. */
export function checkNameServer({ text, host, port }: Entry, tcp: Probe): Finding {
  const detail = { address: text }
  const hint = `nc -v ${host} ${port}`
  switch (tcp.state) {
    case 'speaks':
      return ok('addresses', `the name server ${text} speaks PVAccess`)
    case 'silent':
      return fail(
        'addresses',
        'name-server-silent',
        `the name server ${text} takes connections and says nothing`,
        {
          try: hint,
          detail,
        },
      )
    case 'foreign':
      return fail(
        'addresses',
        'name-server-foreign',
        `the name server ${text} is not PVAccess: it says "${escapeLine(tcp.said)}"`,
        { try: hint, detail },
      )
    case 'refused':
      return fail('addresses', 'name-server-down', `the name server ${text} refuses connections`, {
        try: hint,
        detail,
      })
    default:
      return fail('addresses', 'unreachable', `the name server ${text} does not answer: ${tcp.reason}`, {
        try: `ping ${host}`,
        detail,
      })
  }
}
