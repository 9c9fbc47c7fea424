import type { Context } from '../client/index.js'
import { abortSignal, bad, callback, type Check, isPlainObject } from '../input/index.js'
import type { History, Sink } from '../telemetry/index.js'

/** What {@link Recorder.start} takes beside the configuration. */
export interface StartOptions {
  /** Gives the start up; once it runs it has no effect. */
  readonly signal?: AbortSignal | undefined
  /** A Context of your own, which stays yours to close; without one, one is made from `pva`. */
  readonly context?: Context | undefined
  /** Sinks that the configuration refers to as `{ "type": "custom" }`; they stay yours to close. */
  readonly sinks?: Readonly<Record<string, Sink>> | undefined
  /** Stores that `history.store` may name beside the sinks; they stay yours to close. */
  readonly stores?: Readonly<Record<string, History>> | undefined
  /** Told, in a line, of what an operator should know. */
  readonly log?: ((line: string) => void) | undefined
}

export const startChecks = {
  signal: abortSignal,
  context: ((value, name) => {
    if (typeof (value as Partial<Context> | null)?.monitor !== 'function') throw bad(name, 'a Context', value)
    return value as Context
  }) as Check<Context>,
  sinks: ((value, name) => {
    if (!isPlainObject(value)) throw bad(name, 'an object of sinks', value)
    return value as Readonly<Record<string, Sink>>
  }) as Check<Readonly<Record<string, Sink>>>,
  stores: ((value, name) => {
    if (!isPlainObject(value)) throw bad(name, 'an object of stores', value)
    return value as Readonly<Record<string, History>>
  }) as Check<Readonly<Record<string, History>>>,
  log: callback as Check<(line: string) => void>,
}

export const closeChecks = {
  drain: ((value, name) => {
    if (typeof value !== 'number' || !(value >= 0))
      throw bad(name, 'a number of milliseconds of 0 or more', value)
    return value
  }) as Check<number>,
}
