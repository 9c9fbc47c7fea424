// Sinks and stores as a URL on a command line.
import { Context } from '../client/index.js'
import { didYouMean, quote } from '../input/index.js'
import type { History, Sink } from '../telemetry/index.js'
import { kafkaOfUrl, natsOfUrl } from './broker-url.js'
import { faultsOf } from './config/check.js'
import type { SinkConfig } from './config/config.js'
import { sinkShapes } from './config/sink-shapes.js'
import { JsonlStore } from './jsonl/store.js'
import { openSink } from './open-sink.js'
import { RpcStore } from './rpc-store/store.js'
import { decoded, optionsOf } from './url-options.js'

const KINDS: Readonly<Record<string, (url: string) => SinkConfig>> = {
  jsonl,
  influx: (url) => influx(url, 'http:'),
  influxs: (url) => influx(url, 'https:'),
  pi: (url) => pi(url, 'https:'),
  'pi+http': (url) => pi(url, 'http:'),
  btrdb: (url) => btrdb(url, false),
  btrdbs: (url) => btrdb(url, true),
  kafka: (url) => kafkaOfUrl(url, false),
  kafkas: (url) => kafkaOfUrl(url, true),
  nats: (url) => natsOfUrl(url, false),
  natss: (url) => natsOfUrl(url, true),
}

/**
 * The configuration of a sink, from a URL: `jsonl:PATH`, `influx://[user:password@]host[:8086]/database` (`influxs` with
 * TLS), `pi://[user:password@]host[:443]/piwebapi` (`pi+http` without TLS), `btrdb://[key@]host[:4410]` (`btrdbs` with TLS),
 * `kafka://[user:password@]host[:9092],…/topic` (`kafkas` with TLS), `nats://[user:password@ or token@]host[:4222],…/stream`
 * (`natss` with TLS). Query parameters are further options.
 *
 * @throws Error whose text says what is wrong, without user and password
 */
export function sinkOfUrl(url: string): SinkConfig {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase()
  const make = scheme !== undefined && Object.hasOwn(KINDS, scheme) ? KINDS[scheme] : undefined
  if (make !== undefined) return make(url)
  if (scheme === 'hist') throw new Error('hist://SERVICE can be read, and not written')
  const meant = scheme === undefined ? '' : didYouMean(scheme, [...Object.keys(KINDS), 'hist'])
  const what =
    scheme === undefined
      ? `${quote(url)} is not the URL of a store`
      : `unknown kind of store ${quote(scheme)}`
  throw new Error(
    `${what}${meant}: there are jsonl:FILE, influx://HOST/DATABASE, influxs://HOST/DATABASE, pi://HOST/piwebapi, btrdb://HOST, ` +
      'kafka://HOST:PORT/TOPIC and nats://HOST:PORT/STREAM',
  )
}

function jsonl(url: string): SinkConfig {
  const path = url.slice('jsonl:'.length)
  if (path === '') throw new Error(`${quote(url)} names no file: jsonl:FILE`)
  return { type: 'jsonl', path }
}

function influx(text: string, protocol: string): SinkConfig {
  const { url, login, options } = parts(
    'influx',
    text,
    protocol,
    'influx://[user:password@]host[:8086]/database',
  )
  const database = decoded(url.pathname.slice(1))
  if (database === '')
    throw new Error('a URL of InfluxDB ends in the name of a database: influx://host/database')
  if (url.port === '' && !/:(80|443)(\/|$)/.test(text)) url.port = '8086'
  return { type: 'influx', url: `${url.protocol}//${url.host}`, database, ...login, ...options }
}

function pi(text: string, protocol: string): SinkConfig {
  const { url, login, options } = parts('pi', text, protocol, 'pi://[user:password@]host[:443]/piwebapi')
  const path = url.pathname === '/' ? '/piwebapi' : url.pathname
  return { type: 'pi', url: `${url.protocol}//${url.host}${path}`, ...login, ...options }
}

function btrdb(text: string, tls: boolean): SinkConfig {
  const { url, login, options } = parts('btrdb', text, 'http:', 'btrdb://[key@]host[:4410]')
  if (url.pathname !== '/') throw new Error('a URL of BTrDB has no path: the collection is ?root=NAME')
  // A URL leaves the port of http out.
  const port = url.port === '' ? (/:80([/?]|$)/.test(text) ? '80' : tls ? '4411' : '4410') : url.port
  const apiKey = login.password === '' ? login.username : login.password
  return {
    type: 'btrdb',
    endpoint: `${url.hostname}:${port}`,
    ...(tls && port !== '4411' && { tls }),
    ...(apiKey !== undefined && apiKey !== '' && { apiKey }),
    ...options,
  }
}

interface Parts {
  readonly url: URL
  readonly login: { readonly username?: string; readonly password?: string }
  readonly options: Readonly<Record<string, unknown>>
}

/** What is wrong is told by the form, and not by the text, which may hold a password. */
function parts(type: 'influx' | 'pi' | 'btrdb', text: string, protocol: string, form: string): Parts {
  const address = text.replace(/^[^:]*:/, protocol)
  if (!URL.canParse(address) || !/^\w+:\/\/[^/]/.test(address))
    throw new Error(`a URL of this kind is ${form}`)
  const url = new URL(address)
  const { username, password } = url
  return {
    url,
    login:
      username === '' && password === '' ? {} : { username: decoded(username), password: decoded(password) },
    options: optionsOf(type, url.searchParams),
  }
}

/** The service that `hist://SERVICE` names; undefined for another kind of URL. */
export function serviceOfUrl(url: string): string | undefined {
  const [, name] = /^hist:(?:\/\/)?(.*)$/is.exec(url) ?? []
  if (name === undefined) return undefined
  const service = decoded(name.replace(/\/$/, ''))
  if (service === '') throw new Error('hist://SERVICE names no service')
  return service
}

/**
 * A store to read from.
 *
 * @param context what `hist://SERVICE` is asked with; it is closed with the store
 * @throws Error whose text says what is wrong
 */
export async function openStore(
  url: string,
  context: () => Promise<Context> = () => Promise.resolve(new Context()),
): Promise<{ readonly history: History; close(): Promise<void> }> {
  const service = serviceOfUrl(url)
  if (service !== undefined) {
    const ctx = await context()
    return { history: new RpcStore(ctx, service), close: () => ctx.close() }
  }
  const config = sinkOfUrl(url)
  // Reading makes no file.
  if (config.type === 'jsonl') {
    const store = new JsonlStore(config['path'] as string)
    return { history: store, close: () => store.close() }
  }
  checkOptions(config)
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
  checkOptions(config)
  return (await openSink('into', config, {})).sink
}

/** Of query parameters, which nothing else has looked at. */
function checkOptions(config: SinkConfig): void {
  const [fault] = faultsOf(sinkShapes[config.type], config, () => false)
  if (fault !== undefined) throw new Error(fault.message)
}
