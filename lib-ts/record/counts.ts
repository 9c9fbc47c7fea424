import type { PvRecording } from './pv-recording.js'

/** Samples of PVs, by what became of them. */
export class Counts {
  received = 0
  written = 0
  withheld = 0
  outOfOrder = 0
  futureTimes = 0

  add({ received, written, withheldCount, outOfOrder, futureTimes }: PvRecording): void {
    this.received += received
    this.written += written
    this.withheld += withheldCount
    this.outOfOrder += outOfOrder
    this.futureTimes += futureTimes
  }

  /** These, and those of more PVs. */
  with(pvs: Iterable<PvRecording>): Counts {
    const sum = Object.assign(new Counts(), this)
    for (const pv of pvs) sum.add(pv)
    return sum
  }
}
