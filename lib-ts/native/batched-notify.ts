const HANDFUL = 32
const settled = Promise.resolve()

/**
 * Tells another thread of what was handed to it: of the first of a turn at once, of the others in handfuls, and of the
 * rest when the code that runs is through. A thread that is woken for each of a thousand costs more than what it is told.
 */
export class BatchedNotify {
  readonly #tell: () => void
  #count = 0

  constructor(tell: () => void) {
    this.#tell = tell
  }

  /** One more. */
  add(): void {
    const before = this.#count++
    if (before === 0) void settled.then(this.#turned)
    if (before % HANDFUL === 0) this.#tell()
  }

  readonly #turned = (): void => {
    const more = this.#count % HANDFUL !== 1
    this.#count = 0
    if (more) this.#tell()
  }
}
