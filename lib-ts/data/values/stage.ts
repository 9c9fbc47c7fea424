import type { Storage } from './storage.js'

/**
 * One write, until all of it fits: nothing is changed before `commit`, so a write that throws leaves no trace.
 */
export class Stage {
  /** The caller's own arrays may be kept: he encodes before anyone can change them. */
  readonly borrow: boolean
  #entries: { readonly storage: Storage; readonly index: number; readonly cell: unknown }[] = []
  #later: (() => void)[] = []

  constructor(borrow = false) {
    this.borrow = borrow
  }

  /** A cell as it will be. */
  read(storage: Storage, index: number): unknown {
    const entry = this.#entries.findLast((entry) => entry.storage === storage && entry.index === index)
    return entry === undefined ? storage.cells[index] : entry.cell
  }

  /** Sets a cell and marks it. */
  write(storage: Storage, index: number, cell: unknown): void {
    this.#entries.push({ storage, index, cell })
  }

  /** For what is changed in place: the mark comes with `write`. */
  later(change: () => void): void {
    this.#later.push(change)
  }

  commit(): void {
    for (const { storage, index, cell } of this.#entries) storage.set(index, cell)
    for (const change of this.#later) change()
  }
}
