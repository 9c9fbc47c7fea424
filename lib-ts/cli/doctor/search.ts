// Which servers are there, and which of them has the name.
import { quotedWord } from '../shell.js'
import { fail, note, ok, warn, type Finding } from './finding.js'
import type { Known } from './survey.js'

export function checkServers(servers: readonly Known[], seconds: number): Finding[] {
  const reached = servers.filter(({ configured }) => configured)
  if (servers.length === 0) return [warn('servers', 'none-heard', `no server answered within ${seconds} s`)]
  const named = servers.map(
    ({ server, configured }) => `${server}${configured ? '' : ' (not by the configured addresses)'}`,
  )
  const count = `${servers.length} ${servers.length === 1 ? 'server' : 'servers'}`
  const text = `${count}: ${named.join(', ')}`
  return [
    reached.length > 0
      ? ok('servers', text, { detail: { servers } })
      : note('servers', 'not-reached', text, { detail: { servers } }),
  ]
}

export interface SearchInput {
  readonly name: string
  readonly servers: readonly Known[]
  /** Names of those servers that look like it. */
  readonly similar: readonly string[]
  /** Whether a failure before this one is the reason: nothing could be found. */
  readonly explained: boolean
  /** Whether nothing is configured that could be wrong. */
  readonly nowhere: boolean
}

export function checkSearch({ name, servers, similar, explained, nowhere }: SearchInput): Finding[] {
  const having = servers.filter(({ found }) => found)
  const [elsewhere] = having
  const reached = having.filter(({ configured }) => configured)
  if (reached.length > 1 || having.length > 1) return [duplicate(name, having)]
  const [only] = reached
  if (only !== undefined) return [ok('search', `${name} is on ${only.server}`, { detail: { ...only } })]
  if (elsewhere !== undefined) {
    const text = `${name} is on ${elsewhere.server}, which the configured addresses do not reach`
    const detail = { ...elsewhere }
    if (explained || nowhere) return [note('search', 'elsewhere', text, { detail })]
    const hint = `export EPICS_PVA_ADDR_LIST=${elsewhere.host}`
    return [fail('search', 'wrong-address-list', text, { try: hint, detail })]
  }
  const asked = servers.filter(({ configured }) => configured).length
  const text = `${name} is not found: ${asked === 0 ? 'no server answered' : `${asked} ${asked === 1 ? 'server does' : 'servers do'} not have it`}`
  const missing = (explained && asked === 0 ? warn : fail)('search', 'not-found', text)
  if (similar.length === 0) return [missing]
  const alike = `there is ${similar.join(', ')}`
  return [
    missing,
    note('search', 'name-similar', alike, {
      try: `node-pvxs get ${quotedWord(similar[0] ?? '')}`,
      detail: { names: similar },
    }),
  ]
}

function duplicate(name: string, having: readonly Known[]): Finding {
  const each = having.map(({ server, guid }) => `${server} (${guid})`).join(' and ')
  return fail(
    'search',
    'name-duplicate',
    `${name} is on ${having.length} servers: ${each}; which one a client gets is chance`,
    {
      detail: { servers: having },
    },
  )
}
