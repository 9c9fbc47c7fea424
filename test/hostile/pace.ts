import { expect } from 'vitest'

/**
 * What `work` gives, when it was not held up.
 *
 * Slow is told from stuck by a call that nobody disturbs, made at the same moment in the same process: on a busy machine
 * both take long. Within a second is always well.
 */
export async function keepsPace<T>(work: () => Promise<T>, undisturbed: () => Promise<unknown>): Promise<T> {
  const [held, free] = await Promise.all([timed(work), timed(undisturbed)])
  expect(held.ms).toBeLessThan(Math.max(1_000, 20 * free.ms))
  return held.result
}

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; ms: number }> {
  const begin = performance.now()
  const result = await work()
  return { result, ms: performance.now() - begin }
}
