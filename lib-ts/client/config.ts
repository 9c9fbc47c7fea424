import {
  addresses,
  connectionTimeout,
  connectionTimeoutOf,
  definitionsOf,
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

/**
 * How a {@link Context} searches and connects. Each option stands for an `EPICS_PVA_*` variable and beats it; the
 * process's environment is read when the Context is made and never written.
 *
 * @example
 * // A network without broadcasts: ask two gateways, and give up sooner than usual.
 * await using ctx = new Context({ nameServers: ['127.0.0.1:5075', '127.0.0.1:5085'], autoAddressList: false, timeout: 2_000 })
 * console.log(ctx.config.nameServers, ctx.config.broadcastPort)
 */
export interface ContextOptions {
  /** Whether `EPICS_PVA_*` variables count; default true. */
  readonly useEnv?: boolean | undefined
  /** Where to search by UDP: `host[:port][,ttl][@interface]`. `EPICS_PVA_ADDR_LIST` */
  readonly addressList?: readonly string[] | undefined
  /** Whether to search the broadcast addresses of the local interfaces too; default true. `EPICS_PVA_AUTO_ADDR_LIST` */
  readonly autoAddressList?: boolean | undefined
  /** Local addresses to search from; default all. `EPICS_PVA_INTF_ADDR_LIST` */
  readonly interfaces?: readonly string[] | undefined
  /** Servers to search by TCP, `host[:port]`. `EPICS_PVA_NAME_SERVERS` */
  readonly nameServers?: readonly string[] | undefined
  /** UDP port of searches, 5076. `EPICS_PVA_BROADCAST_PORT` */
  readonly broadcastPort?: number | undefined
  /** TCP port of name servers and servers that are named without one, 5075. `EPICS_PVA_SERVER_PORT` */
  readonly serverPort?: number | undefined
  /** ms, at least 1500, at most 1e12: a connection that is silent for a third longer is given up; default 30000. `EPICS_PVA_CONN_TMO` */
  readonly connectionTimeout?: number | undefined
  /** ms that a call may take unless it has a `timeout` of its own; default 5000, Infinity waits for ever. */
  readonly timeout?: number | undefined
}

/** The options that a Context uses. */
export type EffectiveContextOptions = {
  readonly [K in keyof ContextOptions]-?: Exclude<ContextOptions[K], undefined>
}

export interface ContextConfig {
  readonly options: EffectiveContextOptions
  readonly definitions: Definitions
  /** Where the address list comes from, for messages. */
  readonly addressSource: string
}

const TIMEOUT = 5_000

const checks = {
  useEnv: flag,
  addressList: addresses,
  autoAddressList: flag,
  interfaces: addresses,
  nameServers: addresses,
  broadcastPort: integer(1, 65_535),
  serverPort: integer(1, 65_535),
  connectionTimeout,
  timeout: duration,
}

/** Merges options and environment. */
export function contextConfig(
  options: unknown,
  environment: () => Settings = settingsOfProcess,
): ContextConfig {
  const given = readOptions(options, checks, 'Context')
  const settings = (given.useEnv ?? true) ? readable(environment()) : new Map<string, string>()
  const set = (name: string, value: string | undefined): void => {
    if (value !== undefined) settings.set(name, value)
  }
  set('EPICS_PVA_ADDR_LIST', given.addressList?.join(' '))
  set(
    'EPICS_PVA_AUTO_ADDR_LIST',
    given.autoAddressList === undefined ? undefined : yesNo(given.autoAddressList),
  )
  set('EPICS_PVA_INTF_ADDR_LIST', given.interfaces?.join(' '))
  set('EPICS_PVA_NAME_SERVERS', given.nameServers?.join(' '))
  set('EPICS_PVA_BROADCAST_PORT', given.broadcastPort?.toString())
  set('EPICS_PVA_SERVER_PORT', given.serverPort?.toString())
  set(
    'EPICS_PVA_CONN_TMO',
    given.connectionTimeout === undefined ? undefined : String(given.connectionTimeout / 1_000),
  )
  return {
    options: Object.freeze({
      useEnv: given.useEnv ?? true,
      addressList: Object.freeze(splitList(settings.get('EPICS_PVA_ADDR_LIST'))),
      autoAddressList: yes(settings.get('EPICS_PVA_AUTO_ADDR_LIST'), true),
      interfaces: Object.freeze(splitList(settings.get('EPICS_PVA_INTF_ADDR_LIST'))),
      nameServers: Object.freeze(splitList(settings.get('EPICS_PVA_NAME_SERVERS'))),
      broadcastPort: port(settings.get('EPICS_PVA_BROADCAST_PORT'), 0) || 5076,
      serverPort: port(pick(settings, 'EPICS_PVA_SERVER_PORT', 'EPICS_PVAS_SERVER_PORT'), 0) || 5075,
      connectionTimeout: connectionTimeoutOf(settings),
      timeout: given.timeout ?? TIMEOUT,
    }),
    definitions: definitionsOf(settings),
    addressSource: given.addressList === undefined ? 'EPICS_PVA_ADDR_LIST' : 'addressList',
  }
}
