import { abortSignal, bad, callback, type Check, duration, flag } from '../input/index.js'
import type { Handler } from './pump.js'
import type { BoundedQueue, QueueOptions } from './queue.js'

/**
 * What {@link ManagedStream} takes.
 *
 * @example
 * import { ManagedStream, pvSource } from 'node-pvxs/stream'
 *
 * const stream = new ManagedStream(pvSource(ctx), {
 *   handler: ({ name, value }) => `${name} ${value.value}`,
 *   queue: { max: 1_000, overflow: 'drop-oldest' },
 *   onHandlerError: 'skip',
 *   onStop: 'discard',
 * })
 */
export interface StreamOptions<Item, Out> {
  /** Maps items to outputs; without one, items are the outputs. */
  readonly handler?: Handler<Item, Out> | undefined
  /** Options of the queue, or one of your own, which the stream ends when it ends. */
  readonly queue?: QueueOptions<Out> | BoundedQueue<Out> | undefined
  /** What happens when the handler throws: the stream fails (default), or the item is dropped and counted. */
  readonly onHandlerError?: 'fail' | 'skip' | undefined
  /** What a stop does with the queue: leaves it to be read to its end (default), or empties it. */
  readonly onStop?: 'drain' | 'discard' | undefined
}

/** What is told with the error that ended a stream. */
export interface StreamErrorInfo<Spec = unknown> {
  readonly id: string
  readonly spec: Spec
}

/** What {@link ManagedStream.start} takes. */
export interface StartOptions<Spec, Item, Out> {
  /** Instead of the one given to the constructor. */
  readonly handler?: Handler<Item, Out> | undefined
  /** Called once when an error ends the stream. */
  readonly onError?: ((error: Error, info: StreamErrorInfo<Spec>) => unknown) | undefined
  /** ms for the source to open; default 10000. Infinity waits for ever. */
  readonly timeout?: number | undefined
  /** Gives the start up; the stream is stopped then. It has no effect once the stream runs. */
  readonly signal?: AbortSignal | undefined
}

/** What {@link ManagedStream.update} takes beside the change. */
export interface UpdateOptions {
  /** Whether a stream whose update failed goes on as it was (default), or fails too. */
  readonly rollback?: boolean | undefined
  /** ms for the source to change; default 10000. Infinity waits for ever. */
  readonly timeout?: number | undefined
  /** Gives the update up: it is rolled back, and rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** Counters of one stream. */
export interface StreamStats {
  /** Items taken from the source. */
  readonly received: number
  /** Outputs taken from the queue. */
  readonly delivered: number
  /** Outputs that wait in the queue. */
  readonly queued: number
  /** Outputs that the queue dropped or replaced, and items and outputs that were in hand when the stream ended. */
  readonly dropped: number
  readonly handlerErrors: number
  /** Updates that were done. */
  readonly updates: number
  /** Updates that were rolled back. */
  readonly rollbacks: number
  /** How often all members were there again after some were lost. */
  readonly reconnects: number
}

/** ms that a start or an update may take. */
export const TIMEOUT = 10_000

function oneOf<T extends string>(...words: readonly T[]): Check<T> {
  return (value, name) => {
    if (!words.includes(value as T)) throw bad(name, `one of ${words.join(', ')}`, value)
    return value as T
  }
}

export const streamChecks = {
  handler: callback,
  queue: (value: unknown): unknown => value,
  onHandlerError: oneOf('fail', 'skip'),
  onStop: oneOf('drain', 'discard'),
}
export const startChecks = { handler: callback, onError: callback, timeout: duration, signal: abortSignal }
export const updateChecks = { rollback: flag, timeout: duration, signal: abortSignal }
