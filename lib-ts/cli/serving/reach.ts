// How a client reaches a server that this command runs, as a line to paste.
import { quotedWord } from '../shell.js'

export interface Reach {
  readonly interfaces: readonly string[]
  readonly tcpPort: number
  readonly udpPort: number
}

const UDP_PORT = 5076
const CLIENT_VARIABLES = [
  'EPICS_PVA_ADDR_LIST',
  'EPICS_PVA_AUTO_ADDR_LIST',
  'EPICS_PVA_BROADCAST_PORT',
  'EPICS_PVA_INTF_ADDR_LIST',
  'EPICS_PVA_NAME_SERVERS',
]

/** The command line that shows `name`, with all that it needs. */
export function tryLine(
  reach: Reach,
  verb: string,
  name: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const command = `npx node-pvxs ${verb} ${quotedWord(name)}`
  const everywhere = reach.interfaces.some((address) => /^(0\.0\.0\.0|\[?::\]?)(:\d+)?$/.test(address))
  const ordinary = everywhere && reach.udpPort === UDP_PORT
  if (ordinary && CLIENT_VARIABLES.every((variable) => (env[variable] ?? '').trim() === '')) return command
  const host = everywhere ? '127.0.0.1' : hostOf(reach.interfaces[0] ?? '127.0.0.1')
  const settings: readonly (readonly [string, string, string])[] = [
    ['EPICS_PVA_ADDR_LIST', '--addr', host],
    ['EPICS_PVA_AUTO_ADDR_LIST', '--auto-addr', 'NO'],
    ['EPICS_PVA_BROADCAST_PORT', '--udp-port', String(reach.udpPort)],
  ]
  // cmd.exe has no variables in front of a command.
  if (process.platform === 'win32')
    return [command, ...settings.map(([, option, value]) => `${option} ${value.toLowerCase()}`)].join(' ')
  const unset = ['EPICS_PVA_INTF_ADDR_LIST', 'EPICS_PVA_NAME_SERVERS']
    .filter((variable) => (env[variable] ?? '').trim() !== '')
    .map((variable) => `${variable}=`)
  return [...settings.map(([variable, , value]) => `${variable}=${value}`), ...unset, command].join(' ')
}

/** The address, without a port. */
export function hostOf(address: string): string {
  return /^\[.*\](?=:\d+$)|^[^:]+(?=:\d+$)/.exec(address)?.[0] ?? address
}
