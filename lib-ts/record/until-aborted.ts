/** The result of the work, or the reason of the signal when that comes first. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      reject(signal.reason as Error)
    }
    if (signal.aborted) leave()
    signal.addEventListener('abort', leave, { once: true })
    Promise.resolve(work)
      .then(resolve, reject)
      .finally(() => {
        signal.removeEventListener('abort', leave)
      })
  })
}

/** Resolves with the work, or when the signal fires. */
export async function untilAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  try {
    await unlessAborted(work, signal)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
