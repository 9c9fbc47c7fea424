// The options that commands share.
import { oneOf, toggle, valued } from './declare.js'
import { addresses, duration, integer, list, port, text } from './readers.js'
import { formatOf, FORMATS } from './output/format.js'

export const help = toggle('help', 'this text', 'h')
export const version = toggle('version', 'the version of the package; with -v of all that is in it', 'V')
export const verbose = toggle('verbose', 'more on stderr: configuration, connections', 'v')
export const debug = toggle('debug', "PVXS's log on stderr, at level debug", 'd')
export const quiet = toggle('quiet', 'no failures on stderr', 'q')
export const color = oneOf(
  'color',
  ['auto', 'always', 'never'],
  'auto: on a terminal, unless NO_COLOR is set',
)

export const timeout = valued(
  'timeout w',
  'T',
  'limit for each PV: seconds, or with ms, s, m; 0: none',
  duration,
)

export const request = valued('request r', 'R', 'pvRequest, such as field(value)', text)
export const fields = valued('fields', 'a,b.c', 'only these fields', list)

export const server = valued('server', 'HOST[:PORT]', 'ask this server, without a search', text, {
  complete: 'server',
})
export const addr = valued('addr', 'LIST', 'where to search by UDP', addresses)
export const nameServer = valued('name-server', 'LIST', 'servers to search by TCP', addresses)
export const interfaces = valued('interface', 'LIST', 'local addresses to use', addresses)
export const autoAddr = oneOf('auto-addr', ['yes', 'no'], 'whether to search the broadcast addresses too')
export const udpPort = valued('udp-port', 'N', 'UDP port of searches', port)
export const tcpPort = valued('tcp-port', 'N', 'TCP port of servers named without one', port)
export const profile = valued('profile', 'P', 'section of the configuration file', text)

export const format = valued(
  'format F',
  'F',
  'line, delta, tree, json, csv, raw, or a template with {…}',
  formatOf,
  { words: FORMATS },
)
export const json = { ...toggle('json', 'short for --format json'), stands: { for: format, text: 'json' } }
export const csv = { ...toggle('csv', 'short for --format csv'), stands: { for: format, text: 'csv' } }
export const raw = { ...toggle('raw', 'short for --format raw'), stands: { for: format, text: 'raw' } }
export const maxItems = valued('max-items #', 'N', 'elements shown of an array; 0: all', integer(0))
export const precision = valued('precision', 'N', 'significant digits of floats', integer(1, 99))
export const time = oneOf('time', ['local', 'utc', 'unix', 'none'], 'how times are shown')
export const enums = oneOf('enum', ['label', 'index'], 'how an enum is shown by raw and csv')
export const int64 = oneOf('int64', ['string', 'number'], '64-bit integers in json')

/** A file of names. */
export const namesFile = valued('file f', 'FILE', 'names from a file, one per line; -: from stdin', text, {
  complete: 'file',
})

export const shared = {
  general: [verbose, debug, quiet, color, help, version],
  names: [namesFile],
  timeout: [timeout],
  request: [request, fields],
  network: [server, addr, nameServer, interfaces, autoAddr, udpPort, tcpPort, profile],
  output: [format, json, csv, raw, maxItems, precision, time, enums, int64],
} as const

/** The heading of each group in help. */
export const headings: Readonly<Record<keyof typeof shared, string>> = {
  general: 'General',
  names: 'Options',
  timeout: 'Options',
  request: 'Options',
  network: 'Where to search',
  output: 'Output',
}
