// Node warns of the eleventh listener of a signal, and calls under one signal may be thousands: it gets one of ours.
const all = new WeakMap<AbortSignal, Set<() => void>>()

/** Calls back when the signal aborts. Gives what ends that. */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  const listeners = all.get(signal) ?? listenTo(signal)
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    const mine = hooks.get(listeners)
    if (mine === undefined) return
    signal.removeEventListener('abort', mine)
    all.delete(signal)
  }
}

const hooks = new WeakMap<Set<() => void>, () => void>()

function listenTo(signal: AbortSignal): Set<() => void> {
  const listeners = new Set<() => void>()
  const hook = (): void => {
    for (const listener of [...listeners]) listener()
  }
  all.set(signal, listeners)
  hooks.set(listeners, hook)
  signal.addEventListener('abort', hook)
  return listeners
}
