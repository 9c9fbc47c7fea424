import { abortSignal, duration, readOptions } from '../../input/index.js'
import { checking, PiArgumentError, PiClosedError } from '../errors.js'
import { readRefs, type PiRef } from '../references.js'
import type { PiUpdate } from '../update.js'
import type { Reading } from '../values.js'
import { Poller } from './poller.js'
import { turns } from './turns.js'

/** What {@link PiWebApi.updates} takes. */
export interface UpdatesOptions {
  /** ms between two polls. 1000. */
  readonly interval?: number | undefined
  /** Ends the iteration with its reason. */
  readonly signal?: AbortSignal | undefined
}

export const updatesChecks = { interval: duration, signal: abortSignal }

/** What a client keeps of what it has to end. */
export type Running = Set<{ close(): Promise<void> }>

/** What is new of streams, turn by turn; the arguments are checked at once. */
export function streamUpdates(
  reading: Reading,
  refs: readonly PiRef[],
  options: UpdatesOptions | undefined,
  running: Running,
): AsyncGenerator<PiUpdate[], void, undefined> {
  const { interval = 1000, signal } = checking(() => readOptions(options, updatesChecks, 'updates'))
  const wanted = readRefs(refs, 'updates')
  if (wanted.length === 0) throw new PiArgumentError('updates needs at least one reference')
  const own = new AbortController()
  const within = signal === undefined ? own.signal : AbortSignal.any([own.signal, signal])
  const end = {
    close(): Promise<void> {
      own.abort(new PiClosedError('this PiWebApi was closed'))
      return Promise.resolve()
    },
  }
  async function* iterate(): AsyncGenerator<PiUpdate[], void, undefined> {
    running.add(end)
    try {
      const streams = await Promise.all(reading.resolver.resolve(wanted, { signal: within }))
      const poller = new Poller(reading, {})
      const first = await poller.start(streams, { signal: within })
      if (first.length > 0) yield first
      yield* turns(poller, { interval, signal: within })
    } finally {
      running.delete(end)
      own.abort()
    }
  }
  return iterate()
}
