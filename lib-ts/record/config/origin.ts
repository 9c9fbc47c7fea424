// Where a configuration is from, and what of it is never shown.
import { ConfigError, pointerOf, type ConfigFault } from '../errors.js'
import { isSecret, type Fault } from './check.js'
import type { RecordConfig } from './config.js'

/** What is known of a configuration that was read from text. */
export interface Origin {
  /** The file that it was read from. */
  readonly file: string | undefined
  /** All files that it was made of, that one first. */
  readonly files: readonly string[]
  /** Reads it again. */
  again(): RecordConfig
  /** Whether the value at a place came from a variable or a file. */
  hidden(path: Fault['path']): boolean
  /** Faults, with their places in the text. */
  error(faults: readonly Fault[]): ConfigError
  /** What came from there, but for the names of PVs and of the recorder, which are there to be shown. */
  readonly secrets: readonly string[]
}

const origins = new WeakMap<RecordConfig, Origin>()

export function originOf(config: RecordConfig): Origin | undefined {
  return origins.get(config)
}

export function setOrigin(config: RecordConfig, origin: Origin): RecordConfig {
  origins.set(config, origin)
  return config
}

/** Faults of a configuration: with their places where it was read from text. */
export function errorOf(config: unknown, faults: readonly Fault[]): ConfigError {
  const origin = originOf(config as RecordConfig)
  if (origin !== undefined) return origin.error(faults)
  return new ConfigError(
    faults.map(({ path, message }): ConfigFault => ({
      pointer: pointerOf(path),
      line: 0,
      column: 0,
      message,
    })),
  )
}

/** The configuration as a change makes it, which is done again when it is read again. */
export function derived(config: RecordConfig, change: (config: RecordConfig) => RecordConfig): RecordConfig {
  const origin = originOf(config)
  const made = change(config)
  return origin === undefined
    ? made
    : setOrigin(made, { ...origin, again: () => derived(origin.again(), change) })
}

export const MASK = '***'
const CREDENTIALS = /^([a-z][a-z0-9+.-]*:\/\/)[^/@\s]*@/i

/** The configuration as it may be shown: `***` for what is secret and for what came from outside. */
export function shownConfig(config: RecordConfig): unknown {
  const origin = originOf(config)
  const shown = (value: unknown, path: Fault['path']): unknown => {
    if (Array.isArray(value)) return value.map((item, i) => shown(item, [...path, i]))
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, shown(item, [...path, key])]),
      )
    if (isSecret(path.at(-1)) || origin?.hidden(path) === true) return MASK
    return typeof value === 'string' ? value.replace(CREDENTIALS, `$1${MASK}@`) : value
  }
  return shown(config, [])
}

/** What of a configuration is secret, or came from outside. */
export function secretsOf(config: RecordConfig): Set<string> {
  const secrets = new Set(originOf(config)?.secrets)
  const collect = (value: unknown, key: string | undefined): void => {
    if (typeof value === 'object' && value !== null)
      for (const [name, item] of Object.entries(value)) collect(item, name)
    else if (typeof value === 'string' && isSecret(key)) secrets.add(value)
  }
  collect({ sinks: config.sinks, http: config.http }, undefined)
  return secrets
}
