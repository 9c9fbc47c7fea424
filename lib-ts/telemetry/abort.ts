/** Turns of a loop that an abort ends. */
export interface AbortWatch {
  readonly aborted: boolean
  /** What settles first, the work or the abort. */
  or<T>(work: Promise<T>): Promise<T>
  /** Listens no more. */
  detach(): void
}

/**
 * One listener for all turns: one per turn is a leak that Node warns of, or an add and a remove for each update.
 *
 * @hidden
 */
export function watchAbort(signal: AbortSignal): AbortWatch {
  let stop: ((reason: unknown) => void) | undefined
  const aborted = (): void => stop?.(signal.reason)
  signal.addEventListener('abort', aborted)
  return {
    get aborted() {
      return signal.aborted
    },
    or: <T>(work: Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        stop = reject
        work.then(resolve, reject)
        if (signal.aborted) aborted()
      }),
    detach() {
      signal.removeEventListener('abort', aborted)
    },
  }
}

/**
 * The result of the work, or the reason of the signal when that comes first. The work goes on: others may wait for it too.
 *
 * @hidden
 */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
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
