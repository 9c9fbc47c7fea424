/** What a queue keeps its items in. */
export interface Store<T> {
  readonly size: number
  /** Puts a newer item in the place of the one that waits under the same key; false when there is none. */
  replace(item: T): boolean
  add(item: T): void
  /** The array becomes the store's. */
  addAll(items: T[]): void
  /** The oldest; only when there is one. */
  shift(): T
  takeAll(): T[]
}

const COMPACT = 1024 // taken items before the rest is moved to the front

/** First in, first out. */
export class Line<T> implements Store<T> {
  #items: (T | undefined)[] = []
  #head = 0

  get size(): number {
    return this.#items.length - this.#head
  }

  replace(): boolean {
    return false
  }

  add(item: T): void {
    this.#items.push(item)
  }

  addAll(items: T[]): void {
    if (this.size === 0) {
      this.#items = items
      this.#head = 0
    } else for (const item of items) this.#items.push(item)
  }

  shift(): T {
    const item = this.#items[this.#head] as T
    this.#items[this.#head++] = undefined
    if (this.#head === this.#items.length) {
      this.#items.length = 0
      this.#head = 0
    } else if (this.#head >= COMPACT && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }

  takeAll(): T[] {
    const items = this.#head === 0 ? this.#items : this.#items.slice(this.#head)
    this.#items = []
    this.#head = 0
    return items as T[]
  }
}

interface Box<T> {
  readonly key: unknown
  item: T
}

/** The newest of each key, in the place of the oldest, so that a key that changes often is not put off for ever. */
export class Latest<T> implements Store<T> {
  readonly #line = new Line<Box<T>>()
  readonly #boxes = new Map<unknown, Box<T>>()
  readonly #keyOf: (item: T) => unknown

  constructor(keyOf: (item: T) => unknown) {
    this.#keyOf = keyOf
  }

  get size(): number {
    return this.#line.size
  }

  replace(item: T): boolean {
    const box = this.#boxes.get(this.#keyOf(item))
    if (box === undefined) return false
    box.item = item
    return true
  }

  add(item: T): void {
    const box = { key: this.#keyOf(item), item }
    this.#boxes.set(box.key, box)
    this.#line.add(box)
  }

  addAll(items: T[]): void {
    for (const item of items) if (!this.replace(item)) this.add(item)
  }

  shift(): T {
    const box = this.#line.shift()
    this.#boxes.delete(box.key)
    return box.item
  }

  takeAll(): T[] {
    this.#boxes.clear()
    return this.#line.takeAll().map((box) => box.item)
  }
}
