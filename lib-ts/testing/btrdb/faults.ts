import type { FakeFault } from './options.js'

/** Faults that are waiting for calls, those of one call in the order in which they were asked for. */
export class Faults {
  readonly #waiting = new Map<string, { readonly fault: FakeFault; left: number }[]>()

  add(rpc: string, fault: FakeFault): void {
    const all = this.#waiting.get(rpc) ?? []
    all.push({ fault, left: fault.times ?? 1 })
    this.#waiting.set(rpc, all)
  }

  /** The fault of the next call. */
  take(rpc: string): FakeFault | undefined {
    const all = this.#waiting.get(rpc)
    const first = all?.[0]
    if (all === undefined || first === undefined) return undefined
    if (--first.left <= 0) all.shift()
    return first.fault
  }

  clear(): void {
    this.#waiting.clear()
  }
}
