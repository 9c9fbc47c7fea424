import { Counts } from './counts.js'
import type { PvRecording } from './pv-recording.js'

/** The PVs that are recorded, and what was counted of those that were. */
export class PvSet implements Iterable<PvRecording> {
  connected = 0
  readonly #pvs = new Map<string, PvRecording>()
  readonly #gone = new Counts()

  get size(): number {
    return this.#pvs.size
  }

  [Symbol.iterator](): IterableIterator<PvRecording> {
    return this.#pvs.values()
  }

  get counts(): Counts {
    return this.#gone.with(this)
  }

  /** Whether each was connected once. */
  get allWereLinked(): boolean {
    for (const { wasLinked } of this) if (!wasLinked) return false
    return true
  }

  get(name: string): PvRecording | undefined {
    return this.#pvs.get(name)
  }

  add(pv: PvRecording): void {
    this.#pvs.set(pv.name, pv)
  }

  /** As if it had never been there. */
  takeBack(name: string): void {
    this.#pvs.delete(name)
  }

  /** It is not recorded any more: what waits is given, what was counted is kept. */
  forget(name: string): void {
    const pv = this.#pvs.get(name)
    if (pv === undefined) return
    pv.end()
    this.#pvs.delete(name)
    if (pv.linked) this.connected--
    this.#gone.add(pv)
  }

  link(pv: PvRecording, connected: boolean): void {
    if (pv.linked !== connected) this.connected += connected ? 1 : -1
    pv.linked = connected
    if (connected) pv.wasLinked = true
    else pv.disconnected()
  }
}
