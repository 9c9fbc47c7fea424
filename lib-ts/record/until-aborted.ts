import { unlessAborted } from '../telemetry/index.js'

/** Resolves with the work, or when the signal fires. */
export async function untilAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  try {
    await unlessAborted(work, signal)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
