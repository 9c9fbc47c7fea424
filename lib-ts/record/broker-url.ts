// Topics and streams of brokers as a URL on a command line.
import type { SinkConfig } from './config/config.js'
import { decoded, optionsOf } from './url-options.js'

interface Address {
  /** `host:port` of each. */
  readonly hosts: readonly string[]
  readonly user: string | undefined
  readonly password: string | undefined
  /** What the path names. */
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
}

/** `kafka://[user:password@]host[:9092],…/topic` */
export function kafkaOfUrl(url: string, tls: boolean): SinkConfig {
  const { hosts, user, password, name, options } = addressOf('kafka', url, 9092, 'kafka://host:9092/topic')
  const { mechanism, ...others } = options
  return {
    type: 'kafka',
    brokers: hosts,
    topic: name,
    ...(tls && { tls }),
    ...(user !== undefined && {
      sasl: { mechanism: mechanism ?? 'PLAIN', username: user, password: password ?? '' },
    }),
    ...(user === undefined ? options : others),
  }
}

/** `nats://[user:password@ or token@]host[:4222],…/stream` */
export function natsOfUrl(url: string, tls: boolean): SinkConfig {
  const { hosts, user, password, name, options } = addressOf('nats', url, 4222, 'nats://host:4222/stream')
  const login = user === undefined ? {} : password === undefined ? { token: user } : { user, pass: password }
  return { type: 'nats', servers: hosts, stream: name, ...(tls && { tls }), ...login, ...options }
}

// Several hosts, which no URL of the standard has.
const FORM = /^[a-z]+:\/\/(?:([^@/?]*)@)?([^/?@]+)\/([^/?]+)(?:\?(.*))?$/i

/** What is wrong is told by the form, and not by the text, which may hold a password. */
function addressOf(type: 'kafka' | 'nats', url: string, port: number, form: string): Address {
  const [, login, hosts, name, query] = FORM.exec(url) ?? []
  const all = (hosts ?? '').split(',').map((host) => withPort(host, port))
  if (name === undefined || all.includes(undefined)) throw new Error(`a URL of this kind is ${form}`)
  const colon = login?.indexOf(':') ?? -1
  return {
    hosts: all as readonly string[],
    user: login === undefined ? undefined : decoded(colon < 0 ? login : login.slice(0, colon)),
    password: login === undefined || colon < 0 ? undefined : decoded(login.slice(colon + 1)),
    name: decoded(name),
    options: optionsOf(type, new URLSearchParams(query)),
  }
}

function withPort(host: string, port: number): string | undefined {
  if (!URL.canParse(`http://${host}`)) return undefined
  return /:\d+$/.test(host.replace(/^\[.*\]/, '')) ? host : `${host}:${port}`
}
