/** The end of a caller's waiting: one listener for all that it waits for. */
export interface Waiting {
  /** What settles first, the work or the abort. */
  or<T>(work: Promise<T>): Promise<T>
  /** Listens no more. */
  end(): void
}

/**
 * For work that several callers wait for: none of them may end it, an abort ends the waiting.
 *
 * @throws the signal's reason when it has aborted
 */
export function waitingFor(signal: AbortSignal | undefined): Waiting {
  if (signal === undefined) return { or: (work) => work, end: () => undefined }
  signal.throwIfAborted()
  let aborted: (() => void) | undefined
  const stopped = new Promise<never>((_, reject) => {
    aborted = () => reject(signal.reason as Error)
    signal.addEventListener('abort', aborted, { once: true })
  })
  stopped.catch(() => undefined) // it may come when nothing is waited for any more
  return {
    or: (work) => Promise.race([work, stopped]),
    end() {
      if (aborted !== undefined) signal.removeEventListener('abort', aborted)
    },
  }
}
