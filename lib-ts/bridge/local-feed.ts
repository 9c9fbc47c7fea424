import { ChangeSet } from '../data/index.js'
import { timeStamp, type MutableValue } from '../index.js'
import { isLarge1 } from '../pvws/index.js'
import type { Feed, Listener } from './feed.js'
import { Newest } from './newest.js'

/** A PV that lives in the bridge. */
export class LocalFeed implements Feed {
  readonly name: string
  readonly connected = true
  readonly peer = ''
  readonly large: boolean
  readonly asked: ChangeSet
  readonly #value: MutableValue
  readonly #listeners = new Set<Listener>()
  #newest: Newest | undefined
  #count = 1

  constructor(name: string, value: MutableValue) {
    this.name = name
    this.#value = value
    this.large = isLarge1(value, '')
    this.asked = ChangeSet.fields(value.$type, [])
  }

  get newest(): Newest {
    return (this.#newest ??= new Newest(this.#value.$freeze(), ''))
  }

  get count(): number {
    return this.#count
  }

  /** Whether anything listens. */
  protected get used(): boolean {
    return this.#listeners.size > 0
  }

  add(listener: Listener): void {
    this.#listeners.add(listener)
    listener.changed(performance.now())
  }

  delete(listener: Listener): void {
    this.#listeners.delete(listener)
  }

  /** Changes the value, and tells who listens. */
  assign(fields: object): void {
    this.#value.$unmark()
    this.#value.$assign({ ...fields, timeStamp: timeStamp(new Date()) } as never)
    this.#newest = undefined
    this.#count++
    const now = performance.now()
    for (const listener of this.#listeners) listener.changed(now)
  }
}
