// Sinks and stores as a URL on a command line.
import { didYouMean, quote } from '../input/index.js'
import type { History, Sink } from '../telemetry/index.js'
import type { SinkConfig } from './config/config.js'
import { sinkShapes } from './config/shape.js'
import { JsonlStore } from './jsonl/store.js'
import { openSink } from './open-sink.js'

const SCHEMES = ['jsonl', 'influx', 'influxs'] as const

/**
 * The configuration of a sink, from a URL: `jsonl:PATH`, `influx://[user:password@]host[:8086]/database` (`influxs` with
 * TLS). Query parameters are further options.
 *
 * @throws Error whose text says what is wrong, without user and password
 */
export function sinkOfUrl(url: string): SinkConfig {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase()
  const known = SCHEMES.find((one) => one === scheme)
  if (known === 'jsonl') return jsonl(url)
  if (known !== undefined) return influx(url, known === 'influxs')
  const meant = scheme === undefined ? '' : didYouMean(scheme, SCHEMES)
  const what =
    scheme === undefined
      ? `${quote(url)} is not the URL of a store`
      : `unknown kind of store ${quote(scheme)}`
  throw new Error(`${what}${meant}: there are jsonl:FILE, influx://HOST/DATABASE and influxs://HOST/DATABASE`)
}

function jsonl(url: string): SinkConfig {
  const path = url.slice('jsonl:'.length)
  if (path === '') throw new Error(`${quote(url)} names no file: jsonl:FILE`)
  return { type: 'jsonl', path }
}

function influx(text: string, tls: boolean): SinkConfig {
  let url: URL
  try {
    url = new URL(text.replace(/^influxs?:/i, tls ? 'https:' : 'http:'))
  } catch {
    throw new Error('a URL of InfluxDB is influx://[user:password@]host[:8086]/database')
  }
  const database = decodeURIComponent(url.pathname.slice(1))
  if (database === '')
    throw new Error('a URL of InfluxDB ends in the name of a database: influx://host/database')
  const { username, password } = url
  if (url.port === '' && !/:(80|443)(\/|$)/.test(text)) url.port = '8086'
  return {
    type: 'influx',
    url: `${url.protocol}//${url.host}`,
    database,
    ...(username === ''
      ? {}
      : { username: decodeURIComponent(username), password: decodeURIComponent(password) }),
    ...Object.fromEntries([...url.searchParams].map(([key, value]) => [key, valueOf(key, value)])),
  }
}

/** An option as its shape has it; what does not fit is left to the check of the configuration. */
function valueOf(key: string, text: string): unknown {
  const { keys } = sinkShapes.influx
  const shape = Object.hasOwn(keys, key) ? keys[key] : undefined
  if (shape?.kind === 'number') return /^[\d.]+$/.test(text) ? Number(text) : text
  if (shape?.kind === 'flag') return text === 'true' ? true : text === 'false' ? false : text
  return text
}

/**
 * A store to read from.
 *
 * @throws Error whose text says what is wrong
 */
export async function openStore(url: string): Promise<{ readonly history: History; close(): Promise<void> }> {
  const config = sinkOfUrl(url)
  // Reading makes no file.
  if (config.type === 'jsonl') {
    const store = new JsonlStore(config['path'] as string)
    return { history: store, close: () => store.close() }
  }
  const { history, sink } = await openSink('store', config, {})
  if (history === undefined) throw new Error(`a store of type ${config.type} cannot be read`)
  return { history, close: () => sink.close() }
}

/**
 * A sink to write into.
 *
 * @throws Error whose text says what is wrong
 */
export async function openInto(config: SinkConfig): Promise<Sink> {
  return (await openSink('into', config, {})).sink
}
