import { BackOff, pause } from '../../telemetry/index.js'
import { PiError, PiHttpError } from '../errors.js'
import type { PiUpdate } from '../update.js'
import type { Poller } from './poller.js'

const GIVE_UP = 3_600_000 // ms without an answer

/** Polls until the signal aborts; each turn gives what is new. An outage is waited for, as long as an hour. */
export async function* turns(
  poller: Poller,
  { interval, signal }: { readonly interval: number; readonly signal: AbortSignal },
): AsyncGenerator<PiUpdate[], void, undefined> {
  const backOff = new BackOff()
  let failing: number | undefined
  let wait = interval
  for (;;) {
    await pause(wait, signal)
    signal.throwIfAborted()
    const { updates, error } = await poller.poll({ signal })
    if (updates.length > 0) yield updates
    signal.throwIfAborted()
    wait = interval
    if (error === undefined) {
      failing = undefined
      backOff.reset()
      continue
    }
    failing ??= performance.now()
    if (!mayPass(error) || performance.now() - failing > GIVE_UP) throw error as Error
    wait = Math.max(interval, backOff.next())
  }
}

function mayPass(error: unknown): boolean {
  if (error instanceof PiHttpError) return error.retryable
  return (
    error instanceof PiError && ['ERR_PI_NETWORK', 'ERR_PI_TIMEOUT', 'ERR_PI_RESPONSE'].includes(error.code)
  )
}
