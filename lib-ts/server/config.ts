import {
  addresses,
  connectionTimeout,
  connectionTimeoutOf,
  definitionsOf,
  parseAddress,
  pick,
  port,
  type Settings,
  settingsOfProcess,
  splitList,
  readable,
  yes,
  yesNo,
} from '../config/index.js'
import type { Definitions } from '../native/index.js'
import { duration, flag, integer, readOptions } from '../input/index.js'
import { pvsByName, type AnyPV } from './shared-pv.js'

/**
 * How a {@link Server} listens and answers. Options named after an `EPICS_PVAS_*` variable beat it; the process's
 * environment is read when the Server is made and never written.
 *
 * @example
 * // On the loopback interface only; a client may not ask for long queues, a handler has two seconds.
 * await using server = await Server.start({
 *   interfaces: ['127.0.0.1'],
 *   tcpPort: 0,
 *   maxQueueSize: 1_000,
 *   handlerTimeout: 2_000,
 *   pvs: { 'lab:temp2': SharedPV.mailbox(new NTScalar('float64')) },
 * })
 */
export interface ServerOptions {
  /** Loopback only, free ports, no beacons, no environment: for tests. */
  readonly isolated?: boolean | undefined
  /** PVs by name, as by `addPV`. */
  readonly pvs?: Readonly<Record<string, AnyPV>> | undefined
  /** Whether `EPICS_PVAS_*` and `EPICS_PVA_*` variables count; default true, for an isolated server false. */
  readonly useEnv?: boolean | undefined
  /** Local addresses to listen on; default all. `EPICS_PVAS_INTF_ADDR_LIST` */
  readonly interfaces?: readonly string[] | undefined
  /** Hosts whose searches are ignored. `EPICS_PVAS_IGNORE_ADDR_LIST` */
  readonly ignoreAddresses?: readonly string[] | undefined
  /** Where beacons go. `EPICS_PVAS_BEACON_ADDR_LIST` */
  readonly beaconDestinations?: readonly string[] | undefined
  /** Whether beacons go to the broadcast addresses too; default true. `EPICS_PVAS_AUTO_BEACON_ADDR_LIST` */
  readonly autoBeacon?: boolean | undefined
  /** Default 5075; 0 takes a free port. A port that is taken is replaced by a free one. `EPICS_PVAS_SERVER_PORT` */
  readonly tcpPort?: number | undefined
  /** Default 5076; 0 takes a free port. `EPICS_PVAS_BROADCAST_PORT` */
  readonly udpPort?: number | undefined
  /** ms, at least 1500, at most 1e12: a client that is silent for a third longer is given up; default 30000. `EPICS_PVA_CONN_TMO` */
  readonly connectionTimeout?: number | undefined
  /** The longest queue a client may ask for, at least 64, default 100000; a client that asks for more is refused. */
  readonly maxQueueSize?: number | undefined
  /** ms after which an operation is answered with an error when its handler has not answered; default never. */
  readonly handlerTimeout?: number | undefined
}

/** The options that a Server uses. Addresses and ports are those in force once it has started. */
export interface EffectiveServerOptions {
  readonly isolated: boolean
  readonly useEnv: boolean
  readonly interfaces: readonly string[]
  readonly ignoreAddresses: readonly string[]
  readonly beaconDestinations: readonly string[]
  readonly autoBeacon: boolean
  readonly tcpPort: number
  readonly udpPort: number
  readonly connectionTimeout: number
  readonly maxQueueSize: number
  readonly handlerTimeout: number
}

export interface ServerConfig {
  readonly isolated: boolean
  readonly useEnv: boolean
  readonly settings: Settings
  readonly definitions: Definitions
  readonly maxQueueSize: number
  readonly handlerTimeout: number
  readonly pvs: ReadonlyMap<string, AnyPV>
}

const checks = {
  isolated: flag,
  pvs: pvsByName,
  useEnv: flag,
  interfaces: addresses,
  ignoreAddresses: addresses,
  beaconDestinations: addresses,
  autoBeacon: flag,
  tcpPort: integer(0, 65_535),
  udpPort: integer(0, 65_535),
  connectionTimeout,
  maxQueueSize: integer(64, 0xffff_ffff),
  handlerTimeout: duration,
}

const ISOLATED: readonly (readonly [string, string])[] = [
  ['EPICS_PVAS_INTF_ADDR_LIST', '127.0.0.1'],
  ['EPICS_PVAS_BEACON_ADDR_LIST', '127.0.0.1'],
  ['EPICS_PVAS_AUTO_BEACON_ADDR_LIST', 'NO'],
  ['EPICS_PVAS_SERVER_PORT', '0'],
  ['EPICS_PVAS_BROADCAST_PORT', '0'],
]

/** Merges options and environment. */
export function serverConfig(
  options: unknown,
  alone = false,
  environment: () => Settings = settingsOfProcess,
): ServerConfig {
  const given = readOptions(options, checks, 'Server')
  const isolated = alone || (given.isolated ?? false)
  const useEnv = given.useEnv ?? !isolated
  const settings = useEnv ? readable(environment()) : new Map<string, string>()
  if (isolated) for (const [name, value] of ISOLATED) settings.set(name, value)
  const set = (name: string, value: string | undefined): void => {
    if (value !== undefined) settings.set(name, value)
  }
  set('EPICS_PVAS_INTF_ADDR_LIST', given.interfaces?.join(' '))
  set('EPICS_PVAS_IGNORE_ADDR_LIST', given.ignoreAddresses?.join(' '))
  set('EPICS_PVAS_BEACON_ADDR_LIST', given.beaconDestinations?.join(' '))
  set(
    'EPICS_PVAS_AUTO_BEACON_ADDR_LIST',
    given.autoBeacon === undefined ? undefined : yesNo(given.autoBeacon),
  )
  set('EPICS_PVAS_SERVER_PORT', given.tcpPort?.toString())
  set('EPICS_PVAS_BROADCAST_PORT', given.udpPort?.toString())
  set(
    'EPICS_PVA_CONN_TMO',
    given.connectionTimeout === undefined ? undefined : String(given.connectionTimeout / 1_000),
  )
  return {
    isolated,
    useEnv,
    settings,
    definitions: definitionsOf(settings),
    maxQueueSize: given.maxQueueSize ?? 100_000,
    handlerTimeout: given.handlerTimeout ?? Infinity,
    pvs: given.pvs ?? new Map(),
  }
}

/** The options in force, by the `settings` of the configuration, or of the server once it has started. */
export function effectiveOptions(config: ServerConfig, settings: Settings): EffectiveServerOptions {
  return Object.freeze({
    isolated: config.isolated,
    useEnv: config.useEnv,
    interfaces: Object.freeze(splitList(settings.get('EPICS_PVAS_INTF_ADDR_LIST'))),
    ignoreAddresses: Object.freeze(splitList(settings.get('EPICS_PVAS_IGNORE_ADDR_LIST'))),
    beaconDestinations: Object.freeze(
      splitList(pick(settings, 'EPICS_PVAS_BEACON_ADDR_LIST', 'EPICS_PVA_ADDR_LIST')),
    ),
    autoBeacon: yes(pick(settings, 'EPICS_PVAS_AUTO_BEACON_ADDR_LIST', 'EPICS_PVA_AUTO_ADDR_LIST'), true),
    tcpPort: port(pick(settings, 'EPICS_PVAS_SERVER_PORT', 'EPICS_PVA_SERVER_PORT'), 5075),
    udpPort: port(pick(settings, 'EPICS_PVAS_BROADCAST_PORT', 'EPICS_PVA_BROADCAST_PORT'), 5076),
    connectionTimeout: connectionTimeoutOf(settings),
    maxQueueSize: config.maxQueueSize,
    handlerTimeout: config.handlerTimeout,
  })
}

/** Where a client on this host reaches a server that listens there. */
export function reachable(interfaces: readonly string[]): string[] {
  const hosts = interfaces.map((text) => {
    const parts = parseAddress(text)
    const host = typeof parts === 'string' ? text : parts.host
    if (host === '0.0.0.0') return '127.0.0.1'
    if (host === '::') return '[::1]'
    return host.includes(':') ? `[${host}]` : host
  })
  return [...new Set(hosts.length === 0 ? ['127.0.0.1'] : hosts)]
}
