import { parseAddress, splitList } from './addresses.js'
import { bad, duration, quote, type Check } from '../input/index.js'
import { log } from '../log.js'

/** `EPICS_PVA*` variables and what they are set to. */
export type Settings = Map<string, string>

/** What the process's environment says about PVAccess, also in variables that only PVXS knows. */
export function settingsOfProcess(): Settings {
  const settings: Settings = new Map()
  for (const [name, value] of Object.entries(process.env)) {
    if (name.startsWith('EPICS_PVA') && value !== undefined) settings.set(name, value)
  }
  return settings
}

const PORTS = [
  'EPICS_PVA_BROADCAST_PORT',
  'EPICS_PVA_SERVER_PORT',
  'EPICS_PVAS_BROADCAST_PORT',
  'EPICS_PVAS_SERVER_PORT',
] as const

const LISTS = [
  'EPICS_PVA_ADDR_LIST',
  'EPICS_PVA_NAME_SERVERS',
  'EPICS_PVA_INTF_ADDR_LIST',
  'EPICS_PVAS_INTF_ADDR_LIST',
  'EPICS_PVAS_IGNORE_ADDR_LIST',
  'EPICS_PVAS_BEACON_ADDR_LIST',
] as const

// Not the lists of interfaces: without its only entry a server would listen on all of them.
const DESTINATIONS = ['EPICS_PVA_ADDR_LIST', 'EPICS_PVA_NAME_SERVERS', 'EPICS_PVAS_BEACON_ADDR_LIST'] as const

/**
 * As PVXS can read it: lists without commas, and without what should be a port and is not. PVXS would cut 70000 to 4464, and
 * -1 to 65535.
 */
export function readable(settings: Settings): Settings {
  for (const name of LISTS) {
    const text = settings.get(name)
    if (text?.includes(',') === true) settings.set(name, splitList(text).join(' '))
  }
  for (const name of DESTINATIONS) {
    const entries = splitList(settings.get(name))
    const kept = entries.filter((entry) => !ignoredForPort(name, entry))
    if (kept.length < entries.length) settings.set(name, kept.join(' '))
  }
  for (const name of PORTS) {
    const text = settings.get(name)
    if (text === undefined || text.trim() === '') continue
    const value = port(text, -1)
    if (value >= 0) {
      settings.set(name, String(value)) // "010" is 8 to PVXS
      continue
    }
    settings.delete(name)
    log('warning', 'node-pvxs.config', `${name} is ignored: ${quote(text)} is not a port`)
  }
  return settings
}

function ignoredForPort(name: string, entry: string): boolean {
  const fault = parseAddress(entry)
  if (typeof fault !== 'string' || !fault.endsWith('is not a port')) return false
  log('warning', 'node-pvxs.config', `${name}: ${quote(entry)} is ignored: ${fault}`)
  return true
}

export function definitionsOf(settings: Settings): string[] {
  return [...settings].flat()
}

/** The first of the variables that is set, the way PVXS picks them. */
export function pick(settings: Settings, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = settings.get(name)
    if (value !== undefined) return value
  }
  return undefined
}

/** YES, NO, 1 or 0; what PVXS would ignore, we ignore too. */
export function yes(text: string | undefined, otherwise: boolean): boolean {
  if (text === undefined) return otherwise
  const upper = text.toUpperCase()
  if (upper === 'YES' || upper === '1') return true
  return upper === 'NO' || upper === '0' ? false : otherwise
}

export function yesNo(on: boolean): string {
  return on ? 'YES' : 'NO'
}

/** A port; `otherwise` when the text is not one. */
export function port(text: string | undefined, otherwise: number): number {
  const value = text === undefined ? NaN : Number(text.trim() === '' ? NaN : text)
  return Number.isInteger(value) && value >= 0 && value <= 65_535 ? value : otherwise
}

// ms. PVXS waits a third longer, at least for 2 s, and in seconds, which have 31 bits where the system's `long` has 32.
const SHORTEST_SILENCE = 1_500
const LONGEST_SILENCE = 1e12

/** The option `connectionTimeout` of clients and servers: ms. */
export const connectionTimeout: Check<number> = (value, name) => {
  const ms = duration(value, name)
  if (ms < SHORTEST_SILENCE || ms > LONGEST_SILENCE) {
    throw bad(name, `a time from ${SHORTEST_SILENCE} ms to 1e12 ms`, value)
  }
  return ms
}

/** `EPICS_PVA_CONN_TMO` (s) in ms. */
export function connectionTimeoutOf(settings: Settings): number {
  const text = pick(settings, 'EPICS_PVA_CONN_TMO')
  const ms = Number(text ?? NaN) * 1_000
  if (!Number.isFinite(ms) || ms <= 0) return 30_000
  if (ms >= SHORTEST_SILENCE) return ms
  log(
    'warning',
    'node-pvxs.config',
    `EPICS_PVA_CONN_TMO: ${quote(text)} is taken for ${SHORTEST_SILENCE / 1_000} s, the shortest there is`,
  )
  return SHORTEST_SILENCE
}
