/** What a bridge has counted. */
export class Counters {
  received = 0
  sent = 0
  bytes = 0
  /** Updates that a newer one replaced before they were sent. */
  merged = 0
  errors = 0
  readonly writes = { done: 0, failed: 0, refused: 0 }
  readonly refusals = new Map<string, number>()

  refuse(reason: string): void {
    this.refusals.set(reason, (this.refusals.get(reason) ?? 0) + 1)
  }

  get refused(): number {
    let sum = 0
    for (const count of this.refusals.values()) sum += count
    return sum
  }
}
